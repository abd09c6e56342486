"""Speaks the protocol of ../child.mjs: python side.py FILE PEER PARAMS-AS-JSON.

FILE.py beside this one holds PEERS, a dict of functions from the parameters to a function that does the work once and
returns what it computed.
"""
import importlib
import json
import sys
import time


def say(line):
    sys.stdout.write(str(line) + "\n")
    sys.stdout.flush()


def main():
    name, peer, params = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    try:
        work = importlib.import_module(name).PEERS[peer](params)
    except ImportError as error:
        return say("cannot: " + str(error).replace("\n", " "))
    say("ready")
    import numpy

    for line in sys.stdin:
        command, argument = line.rstrip("\n").split(" ", 1)
        if command == "run":
            n = int(argument)
            start, used = time.perf_counter(), time.process_time()
            for _ in range(n):
                work()
            say(f"{time.perf_counter() - start} {time.process_time() - used}")
        elif command == "output":
            numpy.ascontiguousarray(numpy.asarray(work(), dtype=numpy.float32)).tofile(argument)
            say("ok")


main()
