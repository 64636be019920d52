"""`python -m proxyscan` is the command line."""

from proxyscan.cli import process

if __name__ == "__main__":
    process()
