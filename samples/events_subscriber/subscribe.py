#!/usr/bin/env python3
"""Prints name, subject and sequence of each event on a bus: subscribe.py ENDPOINT [PREFIX]"""

import json
import sys

import zmq


def subscribe(endpoint, prefix=""):
    socket = zmq.Context().socket(zmq.SUB)
    socket.setsockopt_string(zmq.SUBSCRIBE, prefix)
    socket.connect(endpoint)
    while True:
        _topic, envelope = socket.recv_multipart()
        event = json.loads(envelope)
        name = event["type"].removeprefix("io.subtide.").removesuffix(".v1")
        print(name, event["subject"], event.get("sequence", "-"), flush=True)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    try:
        subscribe(*sys.argv[1:])
    except KeyboardInterrupt:
        pass
