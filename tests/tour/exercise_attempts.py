"""Other ways to solve each exercise, and near misses with what the check says about them.

An attempt is a line of commands, which begin with the session as it is at first. After ``+``, it solves the
exercise; after ``-``, it is a near miss, and the line below it is the difference that the check names.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple


class Attempts(NamedTuple):
    """Attempts at one exercise."""

    right: list[str]
    """Ways to solve it besides its solution."""
    wrong: dict[str, str]
    """Near misses, each with a difference that the check names."""


def attempts_of(text: str) -> Attempts:
    """Read the attempts at one exercise."""
    lines = text.splitlines()
    right = [line[2:] for line in lines if line.startswith("+ ")]
    wrong = {line[2:]: below[2:] for line, below in pairwise(lines) if line.startswith("- ")}
    return Attempts(right, wrong)


TEXT = """
# 2.1
+ remove kng; connect king animal
+ reset --yes; connect king animal --strong
- connect king animal
  kng is still defined.
- remove kng
  king isn't defined.
- remove kng; connect king animal; connect king qq --sender 大象
  A send of king from 大象 should not call qq, but does: listens to 大象.
- remove kng; connect king animal --sender 大象
  A send of king should call animal, but doesn't: listens only to 大象, and this sender is None.

# 2.2
+ connect @cave wechat --strong; disconnect @roar wechat
+ remove @roar; connect @roar qq; connect @cave wechat
- connect @cave wechat
  A send of @roar should not call wechat, but does: listens to ANY.
- disconnect @roar wechat
  @cave isn't defined.
- disconnect @roar wechat; connect cave wechat
  @cave isn't defined.
- disconnect @roar wechat; connect @cave wechat; connect @cave qq --sender 大象
  A send of @cave from 大象 should not call qq, but does: listens to 大象.

# 2.3
+ send king slogan=提防孙行者 --sender 大象
+ send king 提防孙行者; send king 大象 'slogan:="提防孙行者"'
- send king 提防孙行者
  The last send of king was from 提防孙行者, and should be from 大象.
- send king slogan=提防孙行者
  was from None, and should be from 大象.
- send king 大象 口号=提防孙行者
  had the payload 口号=提防孙行者, and should have the payload slogan=提防孙行者.

# 2.4
+ disconnect king qq; connect king qq --sender 大鹏
+ remove king; connect king qq animal --sender 大鹏
- disconnect king qq
  qq isn't connected to king.
- connect king qq --sender 大鹏
  A send of king from 大象 should not call qq, but does: listens to 大象.
- connect king qq --sender 大鹏; disconnect king qq --sender 大象; mute king
  A send of king from 大鹏 should call animal, but doesn't: signal is muted.
- connect king qq --sender 大鹏; disconnect king qq --sender 大象; connect king animal --sender 白骨精
  A send of king from 白骨精 should not call animal, but does: listens to 白骨精.
- connect king qq --sender 大鹏; disconnect king qq --sender 大象; connect king animal --sender :=7
  A send of king from 7 should not call animal, but does: listens to 7.

# 2.5
+ connect queue animal_two; connect queue animal_one; connect king animal_one
+ connect king animal_one animal_two; disconnect king animal_two; connect queue animal_one animal_two --strong
- connect king animal_one animal_two; connect queue animal_one animal_two
  A send of king should not call animal_two, but does: listens to ANY.
- connect king animal_one
  queue isn't defined.
- connect king animal_one; connect queue animal_one
  A send of queue should call animal_two, but animal_two isn't connected to queue.
- connect king animal_one; connect queue animal_one animal_two; connect king animal_two --sender 大象
  A send of king from 大象 should not call animal_two, but does: listens to 大象.

# 2.6
+ disconnect king animal; connect king animal --sender 大象 --strong
+ remove king; connect king animal --strong --sender 大象
- connect king animal --strong
  A send of king should not call animal, but does: listens to ANY.
- connect king animal --sender 大象
  king holds animal weakly: it ends when animal is deleted.
- drop animal
  animal isn't connected to king.
- connect king animal --sender 大象 --strong; connect king animal --sender 孙行者
  A send of king from 孙行者 should not call animal, but does: listens to 孙行者.

# 2.7
+ drop animal; connect king animal
+ remove queue; define queue; connect king animal --sender 大象
- connect king animal
  queue should have no receivers, but has animal.
- disconnect queue animal
  animal isn't connected to king.
- remove queue; connect king animal
  queue isn't defined.

# 2.8
+ connect king qq --sender 大象; disconnect king animal
+ remove king; connect king animal --sender 大象 --strong
- connect king animal --sender 大象
  king.has_receivers_for(白骨精) should be False, but is True.
- disconnect king animal
  king.has_receivers_for(大象) should be True, but is False.
- disconnect king animal; connect king animal --sender animal
  king.has_receivers_for(大象) should be True, but is False.

# 3.1
+ connect flask/request-finished qq --strong; connect flask/request-started wechat
+ connect flask/request-started wechat qq; disconnect flask/request-started qq; connect flask/request-finished qq
- connect request-started wechat; connect request-finished qq
  flask/request-started isn't defined.
- connect flask/request-started wechat
  flask/request-finished isn't defined.
- connect flask/request-started wechat; connect flask/request-finished qq; connect flask/request-finished wechat --sender 大象
  A send of flask/request-finished from 大象 should not call wechat, but does: listens to 大象.
- connect flask/request-started qq; connect flask/request-finished wechat
  A send of flask/request-started should not call qq, but does: listens to ANY.

# 3.2
+ connect cave/msg wechat; disconnect flask/msg wechat
+ reset --yes; connect flask/msg qq; connect cave/msg wechat --strong
- connect cave/msg wechat
  A send of flask/msg should not call wechat, but does: listens to ANY.
- disconnect flask/msg wechat; connect msg wechat
  cave/msg isn't defined.
- disconnect flask/msg wechat; connect cave/msg wechat --sender cave
  A send of cave/msg should call wechat, but doesn't: listens only to cave
- disconnect flask/msg wechat; connect cave/msg wechat; connect flask/msg wechat --sender 大象
  A send of flask/msg from 大象 should not call wechat, but does: listens to 大象.

# 3.3
+ connect flask/got-request-exception qq; disconnect flask/request-started qq
+ remove flask/request-started; connect flask/request-started wechat; connect flask/got-request-exception qq
- disconnect flask/request-started qq
  flask/got-request-exception isn't defined.
- connect flask/got-request-exception qq
  A send of flask/request-started should not call qq, but does: listens to ANY.
- remove flask/request-started; connect flask/got-request-exception qq
  flask/request-started isn't defined.
- disconnect flask/request-started qq; connect flask/got-request-exception qq; connect flask/request-tearing-down qq
  qq is still connected to flask/request-tearing-down.
- disconnect flask/request-started qq; connect flask/got-request-exception qq; connect flask/request-started qq --sender 大象
  A send of flask/request-started from 大象 should not call qq, but does: listens to 大象.

# payload
+ disconnect king strict; connect king animal --sender 大象
+ remove king; connect king animal
- send king
  should not call strict, but does: listens to ANY; its signature can't take this
- disconnect king strict; disconnect king animal
  should call animal, but animal isn't connected to king.
- disconnect king strict; mute king
  should call animal, but doesn't: signal is muted.
- disconnect king strict; connect king strict --sender 大象
  A send of king from 大象 with the payload order=巡山 should not call strict, but does: 

# exception
+ remove king; connect king animal_one animal_two failing
+ disconnect king animal_one; disconnect king failing; connect king animal_one failing
- connect king failing
  should call animal_two, but doesn't: failing would raise before it.
- disconnect king failing
  but failing isn't connected to king.
- send king --on-error continue
  should call animal_two, but doesn't: failing would raise before it.

# order
+ remove roll; connect roll qq animal_one
+ disconnect roll animal_one; connect roll animal_one --strong --sender 大象
- connect roll qq
  should call qq, animal_one in this order, but calls animal_one, qq.
- connect roll animal_one --sender 大象
  in this order, but calls animal_one, qq.
- disconnect roll animal_one
  but animal_one isn't connected to roll.

# async
+ connect queue animal; disconnect king animal
+ reset --yes; connect king coroutine; connect queue animal
- connect queue animal
  should not call animal, but does: listens to ANY; send_async can't
- disconnect king animal
  queue isn't defined.
- disconnect king animal; connect queue animal coroutine
  A send of queue should not call coroutine, but does: listens to ANY; 

# muted
+ unmute king; mute king
+ disconnect king animal; mute king; connect king animal --strong
- disconnect king animal
  animal isn't connected to king.
- send king --muted
  should not call animal, but does: listens to ANY.
- mute king; send king --muted
  should not call animal, but does: listens to ANY.
- connect king animal --sender 大象; disconnect king animal --sender 大象; disconnect king animal; connect king animal --sender 狮子
  A send of king from 狮子 should not call animal, but does: listens to 狮子.

# connected-to
+ connect king qq; send king 狮子; disconnect king qq
+ connect king qq --sender 狮子; send king 狮子; drop qq
- connect king qq; send king 狮子
  qq is still connected to king.
- send king 狮子 --connected-to animal
  animal isn't connected to king.
- connect king qq; disconnect king qq
  king hasn't been sent yet.
- send king 狮子 --connected-to qq; connect king wechat --sender 狮子
  A send of king from 狮子 should not call wechat, but does: listens to 狮子.

# weak
+ disconnect king animal; connect king animal
+ reset --yes; connect king animal; connect gate animal --sender 大象
- connect gate animal
  king holds animal strongly: it keeps animal alive.
- disconnect king animal
  animal isn't connected to king.
- connect king animal; connect gate animal --strong
  gate holds animal strongly: it keeps animal alive.

# stale
+ connect king animal --sender 大象
+ connect king wechat --sender 大象 --strong
- disconnect king animal
  has_receivers_for(大象) is True, but receivers_for has no receiver.
- remove king
  king isn't defined.
- connect king animal
  should not call animal, but does: listens to ANY.
- remove king; connect king qq
  A send of king should not call qq, but does: listens to ANY.

# sender-0
+ connect king animal --sender :=true
+ connect king animal --sender :=1 --strong
- connect king animal --sender 1
  A send of king from 1 should call animal, but doesn't: listens only to the text "1"
- connect king animal
  A send of king should not call animal, but does: listens to ANY.
- connect king animal --sender :=0
  king isn't defined.
- connect king animal --sender :=1; connect king animal --sender :=2
  A send of king from 2 should not call animal, but does: listens to 2.

# meta-signals
+ connect king:receiver_disconnected wechat; connect king:receiver_connected qq
+ connect king:receiver_connected qq --strong; connect king:receiver_disconnected wechat --strong
- connect king:receiver_connected qq
  king:receiver_disconnected has no receivers.
- connect king qq wechat
  king:receiver_connected has no receivers.
- connect king:receiver_connected wechat; connect king:receiver_disconnected qq
  with the payload sender=大象 should call qq, but qq isn't connected to king:receiver_connected.

# 4
+ disconnect king animal; connect king qq --sender 大象; connect king animal --sender 大象
+ remove king; connect king animal qq --sender 大象 --strong
- connect king qq --sender 大象
  A send of king from 大象/巡山 should not call animal, but does: listens to ANY.
- connect king animal qq --sender 大象
  should not call animal, but does: listens to ANY.
- disconnect king animal; connect king animal qq --sender 大象; connect king qq --sender 狮子
  A send of king from 狮子 should not call qq, but does: listens to 狮子.
- disconnect king animal; connect king animal qq --sender 大象/巡山
  A send of king from 大象 should call animal, but doesn't: listens only to 大象/巡山

# features
+ send king --sender 大象 'team:=["小钻风","大钻风"]' rounds:=3
+ send king rounds:=3; send king rounds:=3 'team:=["小钻风", "大钻风"]' 大象
- send king 大象 rounds=3 'team:=["小钻风", "大钻风"]'
  had the payload rounds=3 team:=
- send king 大象 rounds:=3
  had the payload rounds:=3, and should have the payload team:=
- send king rounds:=3 'team:=["小钻风", "大钻风"]'
  was from None, and should be from 大象.
- send king 大象 rounds:=3.0 'team:=["小钻风", "大钻风"]'
  had the payload rounds:=3.0 

# same-name
+ remove zoo/king; connect king animal; connect zoo/king qq
+ connect /king animal; connect zoo/king qq; disconnect zoo/king animal
- connect zoo/king qq; connect king animal
  A send of zoo/king should not call animal, but does: listens to ANY.
- disconnect zoo/king animal; connect zoo/king qq
  king isn't defined.
- disconnect zoo/king animal; connect king animal qq
  A send of zoo/king should call qq, but qq isn't connected to zoo/king.
- disconnect zoo/king animal; connect zoo/king qq; connect king animal; connect king qq --sender 大象
  A send of king from 大象 should not call qq, but does: listens to 大象.

# any-and-sender
+ remove king; connect king animal --sender 大象
+ drop animal; connect king animal --sender 大象
- disconnect king animal --sender 大象
  A send of king should not call animal, but does: listens to ANY.
- disconnect king animal
  animal isn't connected to king.
- connect king animal --sender 大象
  should not call animal, but does: listens to ANY.
- remove king; connect king animal --sender 大象; connect king animal --sender 孙行者
  A send of king from 孙行者 should not call animal, but does: listens to 孙行者.

# identity
+ connect king animal --sender :=1; connect king qq --sender ':="1"'
+ connect king qq --sender=1; connect king animal --sender :=true
- connect king qq animal --sender 1
  A send of king from "1" should not call animal, but does: listens to "1".
- connect king qq --sender 1
  A send of king from 1 should call animal, but animal isn't connected to king.
- connect king qq animal --sender :=1
  A send of king from 1 should not call qq
- connect king qq --sender 1; connect king animal --sender :=1; connect king animal --sender 2
  A send of king from "2" should not call animal, but does: listens to "2".
"""

ATTEMPTS = {
    lesson: attempts_of(text)
    for lesson, _, text in (part.partition("\n") for part in TEXT.split("\n# ")[1:])
}
