"""Receivers that a program calls by hand, through ``receivers_for``, in all commands."""

from __future__ import annotations

import pytest

from tests.support.cli import SignalCli
from tests.support.doctor import examined

pytestmark = pytest.mark.slow

PHOTOS = """\
from blinker import signal

resized = signal("resized")

@resized.connect
def copyright(image, settings=None): return image + "+copyright"

@resized.connect_via("video")
def poster(image, settings=None): return image + "+poster"

def resize(image):
    for receiver in resized.receivers_for(image):
        image = receiver(image, settings={})
    return image

if __name__ == "__main__":
    assert resize("photo") == "photo+copyright"
"""


@pytest.fixture
def photos(signalcli: SignalCli) -> SignalCli:
    signalcli.write("photos.py", PHOTOS)
    return signalcli


def test_the_receivers_are_in_the_table(photos: SignalCli) -> None:
    result = photos.ok("trace", "run", "photos.py")

    assert "receivers_for, called by hand" in result.stdout
    assert "● __main__.copyright: yielded" in result.stdout
    assert "○ __main__.poster: listens only to video" in result.stdout


def test_a_saved_trace_has_them(photos: SignalCli) -> None:
    photos.ok("trace", "run", "--save", "trace.json", "photos.py")
    (event,) = photos.ok("trace", "run", "--json", "photos.py").json["events"]

    assert (event["by_hand"], event["sender"], event["payload_keys"]) == (True, "photo", [])
    outcomes = {call["receiver"]: call["outcome"] for call in event["calls"]}
    assert outcomes == {"__main__.copyright": "yielded", "__main__.poster": "skipped"}
    for seen in (["--trace", "trace.json"], ["--run", "photos.py"]):
        found = examined(photos, "--app", "photos", *seen)["findings"]
        assert [(one["rule"], one["receiver"]) for one in found] == [
            ("sender-never-sent", "photos.poster")
        ]


def test_why_counts_them(photos: SignalCli) -> None:
    words = "--app", "photos", "why", "--run", "photos.py"
    called, skipped = photos(*words, "copyright"), photos(*words, "poster")

    assert called.status == 0
    assert "receivers_for was called by hand 1 time, from photo" in called.stdout
    assert "receivers_for yielded it 1 time to code that calls it by hand" in called.stdout
    assert skipped.status == 1
    assert "it listens only to video; sent from photo" in skipped.stdout


def test_payloads_that_are_not_known_make_no_finding(photos: SignalCli) -> None:
    photos.write(
        "shop.py",
        "from flask import Flask\nfrom photos import resize, resized\napp = Flask('shop')\n"
        "@resized.connect\ndef strict(image, settings, size=None): return image\n"
        "@app.get('/')\ndef index(): return resize('photo')\n",
    )
    found = examined(photos, "--app", "shop", "--request", "GET /")["findings"]

    assert {one["rule"] for one in found} == {"sender-never-sent"}
