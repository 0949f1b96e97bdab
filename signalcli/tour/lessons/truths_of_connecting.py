"""The truths about connections that bite: how they end, and what they leave behind."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

TRUTHS_OF_CONNECTING = (
    lesson(
        "weak",
        "Weak references",
        "弱引用",
        step(
            en="""A signal holds its receivers weakly: it doesn't keep them alive. Once the last name
            for the function is gone, so is the connection, without a word.""",
            zh="""信号默认用弱引用持有接收者，并不会让它活下去。函数的最后一个名字没了，
            连接也就悄悄消失。""",
            commands="""
                signalcli connect king animal
                signalcli drop animal
                signalcli send king
            """,
            python="""
                from weakref import ref
                from blinker import signal

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal)
                look = ref(animal)
                del animal
                print("animal →", "alive" if look() else "gone")
                print(king.send())
            """,
        ),
        step(
            en="""The usual victim is a function made within a function, or a lambda: as `camp`
            returns, its demon vanishes. The cure is `weak=False`.""",
            zh="""最常见的受害者是函数里定义的函数，还有 lambda：`camp` 一返回，里面的小妖就没了。
            解药是 `weak=False`。""",
            commands="""
                signalcli connect king animal_one
                signalcli connect king animal_two --strong
                signalcli drop animal_one
                signalcli drop animal_two
                signalcli send king
            """,
            python="""
                def camp():
                    def animal_one(sender, **payload):
                        print("小钻风：大王有令，我记住了！")
                        return "小钻风记住了"

                    def animal_two(sender, **payload):
                        print("大钻风：大王有令，我也记住了！")
                        return "大钻风记住了"

                    king.connect(animal_one)
                    king.connect(animal_two, weak=False)
                    return ref(animal_one), ref(animal_two)

                one, two = camp()
                print("animal_one →", "alive" if one() else "gone")
                print("animal_two →", "alive" if two() else "gone")
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""A weak connection lives as long as anything holds the function, and a strong
            connection to another signal will do: here `queue` holds `qq`, and `gate` profits.""",
            zh="""只要还有谁拿着这个函数，弱连接就不会断，哪怕拿着它的是另一个信号的强连接：
            这里 `queue` 拿着 `qq`，`gate` 也跟着沾光。""",
            commands="""
                signalcli connect gate qq
                signalcli connect queue qq --strong
                signalcli drop qq
                signalcli send gate
            """,
            python="""
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                gate, queue = signal("gate"), signal("queue")
                gate.connect(qq)
                queue.connect(qq, weak=False)
                look = ref(qq)
                del qq
                print("qq →", "alive" if look() else "gone")
                for receiver, result in gate.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "stale",
        "has_receivers_for goes stale",
        "has_receivers_for 会过时",
        step(
            en="""Disconnect the only receiver of a sender, and `has_receivers_for` goes on saying
            `True`: blinker keeps the empty bucket. `receivers_for` knows better.""",
            zh="""断开某个发送者唯一的接收者之后，`has_receivers_for` 仍说 `True`：
            blinker 留着那个空桶。`receivers_for` 的答案才靠得住。""",
            commands="""
                signalcli connect king animal --sender 大象
                signalcli disconnect king animal --sender 大象
                signalcli inspect king
                signalcli send king 大象
            """,
            python="""
                from blinker import ANY, signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                def ask(signal, sender):
                    answer = signal.has_receivers_for(sender)
                    names = [found.__name__ for found in signal.receivers_for(sender)]
                    print(f"has_receivers_for({sender}) → {answer}")
                    print(f"receivers_for({sender}) → {names}")

                king = signal("king")
                king.connect(animal, sender="大象")
                king.disconnect(animal, sender="大象")
                ask(king, ANY)
                ask(king, "大象")
                print(king.send("大象"))
            """,
        ),
        step(
            en="""Worse: to disconnect what was never connected is no error, and leaves such a bucket
            too. Nobody ever listened to 狮子 here.""",
            zh="""更糟的是，断开从未建立的连接不算错误，同样会留下一个空桶。
            这里从来没有谁听过狮子的令。""",
            commands="""
                signalcli disconnect king animal --sender 狮子
                signalcli inspect king --sender 狮子
            """,
            python="""
                king.disconnect(animal, sender="狮子")
                ask(king, ANY)
                ask(king, "大象")
                ask(king, "狮子")
            """,
        ),
        step(
            en="""`disconnect` without a sender takes the receiver off the signal altogether; with no
            receiver left, all the answers are right again.""",
            zh="""不带发送者的 `disconnect` 会把接收者整个从信号上摘下来；
            一个接收者也不剩，答案就都对了。""",
            commands="""
                signalcli disconnect king animal
                signalcli inspect king
            """,
            python="""
                king.disconnect(animal)
                ask(king, ANY)
                ask(king, "大象")
                ask(king, "狮子")
            """,
        ),
    ),
    lesson(
        "sender-0",
        "The sender 0",
        "发送者 0",
        step(
            en="""0 is blinker's own id of `ANY`, so that nothing can listen to the sender 0. blinker
            raises a bare `AssertionError`; signalcli refuses beforehand, and says why.""",
            zh="""0 是 blinker 内部给 `ANY` 的编号，所以谁也不能只听发送者 0。
            blinker 抛出一个光秃秃的 `AssertionError`；signalcli 则事先拒绝，并说明原因。""",
            commands="""
                signalcli connect king animal --sender :=0
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                try:
                    king.connect(animal, sender=0)
                except AssertionError as error:
                    print(type(error).__name__)
            """,
        ),
        step(
            en="""And blinker's comes too late: the demon is connected already, to `ANY`, as if it
            had been asked to hear everyone. On the command line you would have to ask for that.""",
            zh="""而且 blinker 的异常来得太迟：小妖已经连上了，连的还是 `ANY`，等于听所有人的。
            在命令行里，这得你自己明说才行。""",
            commands="""
                signalcli connect king animal
                signalcli send king 大鹏
            """,
            python="""
                for receiver, result in king.send("大鹏"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`False` is 0 in Python, and fares no better. Other integers are fine as senders: write
            `:=1` for the integer; the text `"1"` is another sender.""",
            zh="""在 Python 里 `False` 就是 0，下场也一样。其他整数都可以当发送者：整数写作 `:=1`，
            而文本 `"1"` 是另一个发送者。""",
            commands="""
                signalcli connect queue animal --sender :=1
                signalcli send queue 1
                signalcli send queue :=1
            """,
            python="""
                queue = signal("queue")
                queue.connect(animal, sender=1)
                print(queue.send("1"))
                for receiver, result in queue.send(1):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "meta-signals",
        "Signals about signals",
        "关于信号的信号",
        step(
            en="""Every signal has a signal of its own, `receiver_connected`, sent at the end of each
            `connect`. Its payload has a key `sender`: hence the `/` in the parameters of `qq`,
            without which the two would clash.""",
            zh="""每个信号都自带一个信号 `receiver_connected`，每次 `connect` 结束时发送。
            它的数据里有个键就叫 `sender`，所以 `qq` 用 `/` 规定自己的 `sender` 只能按位置传入，免得两者冲突。""",
            commands="""
                signalcli connect king:receiver_connected qq
                signalcli connect king animal
            """,
            python="""
                from blinker import signal

                def qq(sender, /, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.receiver_connected.connect(qq)
                king.connect(animal)
            """,
        ),
        step(
            en="""`receiver_disconnected` is its counterpart, sent at the end of each `disconnect`.""",
            zh="""与之相对的是 `receiver_disconnected`，每次 `disconnect` 结束时发送。""",
            commands="""
                signalcli connect king:receiver_disconnected wechat
                signalcli disconnect king animal
            """,
            python="""
                def wechat(sender, /, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")

                king.receiver_disconnected.connect(wechat)
                king.disconnect(animal)
            """,
        ),
        step(
            en="""A weak reference that dies sends nothing: `qq` hears the demon come, and `wechat`
            never hears it go.""",
            zh="""弱引用失效时什么也不会发送：`qq` 听见小妖来了，`wechat` 却听不见它走。""",
            commands="""
                signalcli connect king animal_one
                signalcli drop animal_one
            """,
            python="""
                from weakref import ref

                def animal_one(sender, **payload):
                    print("小钻风：大王有令，我记住了！")
                    return "小钻风记住了"

                king.connect(animal_one)
                look = ref(animal_one)
                del animal_one
                print("animal_one →", "alive" if look() else "gone")
            """,
        ),
    ),
)
