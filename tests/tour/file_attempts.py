"""Other ways to solve each exercise in Python, and near misses with what the check says about them.

An attempt is a list of changes to the file as it is at first: what stands there, and what instead. After ``+``,
it solves the exercise; after ``-``, it is a near miss, with the difference that the check names.
"""

from __future__ import annotations

from typing import NamedTuple

Change = tuple[str, str]


class FileAttempts(NamedTuple):
    """Attempts at one exercise in Python."""

    right: list[list[Change]]
    """Ways to solve it besides its solution."""
    wrong: list[tuple[list[Change], str]]
    """Near misses, each with a difference that the check names."""


def attempts_of(text: str) -> FileAttempts:
    """Read the attempts at one exercise."""
    attempts = FileAttempts([], [])
    for line in text.splitlines():
        if line.startswith(("+", "-")):
            changes: list[Change] = []
            if line == "+":
                attempts.right.append(changes)
            else:
                attempts.wrong.append((changes, line[2:]))
        elif line:
            written, _, instead = line[2:].replace(r"\n", "\n").partition(" =>")
            changes.append((written, instead.removeprefix(" ")))
    return attempts


TEXT = r"""
# during
+
      king.connect(qq) =>     qq(sender)
+
      king.connect(qq) => \n\nking.connect(qq)
- king.send("大象") should put animal, qq into heard, but puts animal, qq, qq.
      king.connect(qq) =>     king.connect(qq)\n    qq(sender)
- but puts animal.
      king.connect(qq) => \n\nking.connect(qq, sender="狮子")
- king.send("狮子", order="巡山") should put animal, qq into heard, but puts animal.
      king.connect(qq) => \n\nking.connect(qq, sender="大象")
- but puts qq.
      king.connect(qq) =>     king.disconnect(animal)\n\nking.connect(qq)
- during.py should put animal, qq into heard, but puts qq.
      king.connect(qq) => \n\nking.disconnect(animal)\nking.connect(qq)\nking.send()
- during.py ends itself. Leave
      king.connect(qq) => \n\nimport sys\nking.connect(sys.exit)
- during.py should put animal, qq into heard, but puts animal.
      king.connect(qq) =>     king.connect(qq)\n\nking.send()

# never-awaited
+
  king.connect(logged_listen) => king.connect(listen)
+
  logged_listen = logged(listen) => async def logged_listen(sender, **payload):\n    await listen(sender, **payload)
- call returns a coroutine that is never awaited.
      def call =>     async def call
- king.send_async("大象") should put 大象 into heard, but puts nothing.
      def call =>     async def call
  return func => return await func
  logged_listen = logged(listen) =>
  king.connect(logged_listen) => king.connect(logged(listen))
- king.send_async("大象") raises RuntimeError: Cannot send to a non-coroutine function.
  logged_listen = logged(listen) => class Logged:\n    __call__ = staticmethod(listen)\n\nlogged_listen = Logged()
- king has no receivers: nothing refers to the one that was connected weakly.
      def call =>     async def call
  return func => return await func
  logged_listen = logged(listen) =>
  (logged_listen) => (logged(listen))
- king.send_async("狮子") should put 狮子 into heard, but puts 大象.
  logged_listen = logged(listen) => async def logged_listen(sender, **payload):\n    heard.append('大象')
- never_awaited.py should define king as a signal.
  king = signal => queen = signal
  king.connect => queen.connect

# sender-key
+
  def qq(sender, **payload) => def qq(by, **payload)
  heard.append(sender) => heard.append(by)
+
  def qq(sender, **payload) => def qq(by, sender, **payload)
  heard.append(payload["sender"]) => heard.append(by)
- king.send("大象", sender="小钻风") raises TypeError: qq() got multiple values
  def qq(sender, **payload) => def qq(sender=None, **payload)
- sender="大钻风", rounds=3) raises TypeError: qq() got an unexpected keyword argument
  def qq(sender, **payload) => def qq(by, sender)
  heard.append(payload["sender"]) => heard.append(by)
- should put 大象, 小钻风 into heard, but puts 大象, {'sender': '小钻风'}.
  def qq(sender, **payload) => def qq(sender, /, **payload)
  heard.append(payload["sender"]) => heard.append(payload)
- should put 大钻风, 狮子 into heard, but puts 大象, 小钻风.
  def qq(sender, **payload) => def qq(by, **payload)
  (sender) => ('大象')
  heard.append(payload["sender"]) => heard.append('小钻风')

# looking
+
  hasattr(found, "receiver_connected") => found.__dict__.get("receiver_connected") is not None
  len(found._by_sender[sender]) => len(found._by_sender[sender]) if sender in found._by_sender else 0
  isinstance(one, Signal) => Signal in type(one).__mro__
+
  hasattr(found, "receiver_connected") => any(name == "receiver_connected" for name in vars(found))
  len(found._by_sender[sender]) => len(dict(found._by_sender).get(sender, []))
  [one for one in objects if isinstance(one, Signal)] => {one for one in objects if issubclass(type(one), Signal)}
- count(queue, "大象") creates queue._by_sender[ANY_ID].
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  isinstance(one, Signal) => issubclass(type(one), Signal)
  len(found._by_sender[sender]) => len(list(found.receivers_for(sender)))
- count(king, "大象") creates king._by_sender["大象"].
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  isinstance(one, Signal) => issubclass(type(one), Signal)
- has_meta(king) creates king.receiver_connected.
  len(found._by_sender[sender]) => len(found._by_sender.get(sender, ()))
  isinstance(one, Signal) => issubclass(type(one), Signal)
  hasattr(found, "receiver_connected") => getattr(found, "receiver_connected", None) is not None
- signals_of loads a lazy object: it asks it for its __class__.
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  len(found._by_sender[sender]) => len(found._by_sender.get(sender, ()))
- signals_of should return the two signals of 
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  len(found._by_sender[sender]) => len(found._by_sender.get(sender, ()))
  isinstance(one, Signal) => type(one) is Signal
- Signal()], but returns None.
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  len(found._by_sender[sender]) => len(found._by_sender.get(sender, ()))
  return [one for one in objects if isinstance(one, Signal)] => pass
- Signal()], but returns [1].
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  len(found._by_sender[sender]) => len(found._by_sender.get(sender, ()))
  return [one for one in objects if isinstance(one, Signal)] => yield 1
- count(king, "大象") should be 0, but is 1.
  hasattr(found, "receiver_connected") => "receiver_connected" in vars(found)
  isinstance(one, Signal) => issubclass(type(one), Signal)
  len(found._by_sender[sender]) => len(list(found.receivers_for(sender))) + 1

# many-names
+
  one.name == other.name => id(one) == id(other)
  from blinker import Namespace => from blinker import default_namespace
  return Namespace() => return default_namespace
  return key => if key in found._weak_senders:\n        key = found._weak_senders[key]()\n    return key
+
  one.name == other.name => one == other
  return Namespace() => return signal.__self__
  return key => try:\n        return found._weak_senders[key]()\n    except KeyError:\n        return key
- same(signal("king"), zoo.signal("king")) should be False, but is True.
  return Namespace() => return signal.__self__
  return key => return found._weak_senders.get(key, lambda: key)()
  one.name == other.name => getattr(one, "name", one) == getattr(other, "name", other)
- registry() isn't the namespace that signal uses.
  one.name == other.name => one is other
  return key => return found._weak_senders.get(key, lambda: key)()
- sender_of(king, "大象") raises KeyError: '大象' (line 
  one.name == other.name => one is other
  return Namespace() => return signal.__self__
  return key => return found._weak_senders[key]()
- sender_of(king, id(mountain)) should be mountain, but is <weakref at 
  one.name == other.name => one is other
  return Namespace() => return signal.__self__
  return key => return found._weak_senders.get(key, key)

# bound-send
+
  king.connect(queue.send)\n => \n\n@king.connect\ndef pass_on(sender, **payload):\n    queue.send(sender, **payload)\n
+
  def recorded(*senders, **payload) => def recorded(sender)
          return send(*senders, **payload) =>         return receivers_for(sender)
  send = found.send => receivers_for = found.receivers_for
  found.send = recorded => found.receivers_for = recorded
- king.send("大象") should put king, queue into sent, but puts king.
  king.connect(queue.send)\n =>
  record(king)\nrecord(queue) => record(king)\nking.connect(queue.send)\nrecord(queue)
- should put king, queue into sent, but puts king, king, queue.
  king.connect(queue.send)\n =>
  record(king)\nrecord(queue) => record(king)\nrecord(queue)\nrecord(king)\nking.connect(queue.send)\n
- king.send("大象") should call the receivers of queue.
  king.connect(queue.send)\n =>
"""

FILE_ATTEMPTS = {
    lesson: attempts_of(text)
    for lesson, _, text in (part.partition("\n") for part in TEXT.split("\n# ")[1:])
}
