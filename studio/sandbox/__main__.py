"""`python -m studio.sandbox`: the sandbox without Django."""

import argparse

from studio.sandbox.options import add_arguments, read_options, run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m studio.sandbox", description=__doc__)
    add_arguments(parser)
    run(read_options(parser.parse_args()))
