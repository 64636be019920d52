"""Who made a request, and in which group that person was: the numbers that both are counted by."""

from __future__ import annotations

from typing import Final

import numpy as np

from proxyscan.kernels.bits import U1, Array, Scalar, inner, kernel
from proxyscan.kernels.combinations import number_of
from proxyscan.kernels.sums import GROUP_SHIFT

NO_GROUP: Final = 0
"""The code of "in no group"."""

NOBODY: Final = -1
"""The number of nobody, and of a person who was not met yet."""


@inner
def met(
    user: Scalar, client: Scalar, users: Array, clients: Array, key: Array, keys: Array, slots: Array, used: Array
) -> Scalar:
    """Return the number of a person in a group, and note it where the user, or the client alone, tells the group."""
    key[0] = 2 * user if user >= 0 else 2 * client + 1
    if user >= 0 and users[user, 0] != NO_GROUP:
        key[1] = users[user, 0]
        users[user, 1] = number_of(key, keys, slots, used)
        return users[user, 1]
    key[1] = clients[client, 0] if client >= 0 else NO_GROUP
    number = number_of(key, keys, slots, used)
    if user < 0:
        clients[client, 1] = number
    return number


@kernel
def code_people(
    first: int,
    user: Array,
    client: Array,
    users: Array,
    clients: Array,
    people: Array,
    classes: Array,
    key: Array,
    keys: Array,
    slots: Array,
    used: Array,
) -> Scalar:
    """Fill in the number of person and group of each row from `first` on, and put the group's code above its class.

    A person is twice the code of the user, or, where no user is logged, twice that of the client and one more; nobody
    has the number -1. The group is that of the user, else that of the client. `users` and `clients` have a row for each
    code: its own group, and the number of a person of that group, -1 until it is met. Return the row before which the
    table of numbers must grow, or the number of rows.
    """
    row, rows = np.uint64(first), np.uint64(len(user))
    while row < rows:
        one, other = user[row], client[row]
        number: Scalar = np.int64(NOBODY)
        if one >= 0:
            number = users[np.uint64(one), 1]
        elif other >= 0:
            number = clients[np.uint64(other), 1]
        if number < 0 and (one >= 0 or other >= 0):
            if used[0] == len(keys):
                return np.int64(row)
            number = met(np.int64(one), np.int64(other), users, clients, key, keys, slots, used)
        people[row] = number
        if number >= 0:
            classes[row] |= keys[np.uint64(number), 1] << GROUP_SHIFT
        row += U1
    return np.int64(row)
