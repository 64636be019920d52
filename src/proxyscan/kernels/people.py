"""Who made a request, and in which group that person was: the numbers that both are counted by."""

from __future__ import annotations

from typing import Final

from proxyscan.kernels.bits import Array, Scalar, kernel, part
from proxyscan.kernels.combinations import number_of

NO_GROUP: Final = 0
"""The code of "in no group"."""


@part
def number(person: int, group: int, key: Array, keys: Array, slots: Array, used: Array) -> Scalar:
    """Return the number of a person in a group."""
    key[0] = person
    key[1] = group
    return number_of(key, keys, slots, used)


@kernel
def code_people(
    first: int,
    user: Array,
    client: Array,
    users: Array,
    clients: Array,
    people: Array,
    groups: Array,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> int:
    """Fill in the number of person and group, and the code of the group, of each row from `first` on.

    A person is twice the code of the user, or, where no user is logged, twice that of the client and one more; nobody
    has the number -1. The group is that of the user, else that of the client. `users` and `clients` have a row for each
    code: its own group, and the number of a person of that group, -1 until it is met. Return the row before which the
    table of numbers must grow, or the number of rows.
    """
    for row in range(first, len(user)):
        if used[0] == len(keys):
            return row
        one = user[row]
        other = client[row]
        people[row] = -1
        if one >= 0 and users[one, 0] != NO_GROUP:
            if users[one, 1] < 0:
                users[one, 1] = number(2 * one, users[one, 0], key, keys, slots, used)
            groups[row] = users[one, 0]
            people[row] = users[one, 1]
            continue
        groups[row] = clients[other, 0] if other >= 0 else NO_GROUP
        if one >= 0:
            people[row] = number(2 * one, groups[row], key, keys, slots, used)
        elif other >= 0:
            if clients[other, 1] < 0:
                clients[other, 1] = number(2 * other + 1, clients[other, 0], key, keys, slots, used)
            people[row] = clients[other, 1]
    return len(user)
