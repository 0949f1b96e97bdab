"""Sections 2.1 to 2.4 of the article: signals, receivers and senders."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

SIGNALS = (
    lesson(
        "2.1",
        "A named signal",
        "命名信号",
        step(
            en="""`signal("king")` creates a named signal on the first call and returns the same
            object on every later call with that name. `connect` connects a receiver to it.
            `signalcli help glossary` defines the words.""",
            zh="""`signal("king")` 第一次调用时创建命名信号，此后凭同一个名字拿到的都是同一个对象，
            满山小妖都认得它。`connect` 则把接收者登记到信号上。
            遇到不懂的词，请看 `signalcli help glossary`。""",
            commands="signalcli connect king animal",
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal)
            """,
        ),
        step(
            en="""`send` calls every receiver and collects the return values. This send names no
            sender, so the receivers get `None` as the sender.""",
            zh="""`send` 逐个调用接收者，并把返回值收集起来。这道令没有署名，
            所以接收者看到的发送者是 `None`。""",
            commands="signalcli send king",
            python="""
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""blinker creates a new signal for every new name, without a warning, so a send to a
            mistyped name calls no receiver. blinker cannot detect that; signalcli checks the
            name.""",
            zh="""遇到没见过的名字，blinker 会不声不响地新建一个信号：敲错一个字母，
            令就传进了空山。blinker 无从分辨，signalcli 则会核对名字。""",
            commands="signalcli send kng",
            python='print(signal("kng").send())',
        ),
    ),
    lesson(
        "2.2",
        "An anonymous signal",
        "匿名信号",
        step(
            en="""`Signal()` creates a signal without a name. It is in no registry: only code that
            has the object can use it. signalcli writes `@roar` for an anonymous signal in a
            variable `roar`.""",
            zh="""`Signal()` 没有名字，也不进任何登记册：谁手里有这个对象，谁就有这个信号。
            signalcli 用 `@roar` 表示变量 `roar` 里的匿名信号。""",
            commands="""
                signalcli connect @roar animal
                signalcli send @roar
            """,
            python="""
                from blinker import Signal

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                roar = Signal()
                roar.connect(animal)
                for receiver, result in roar.send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""Two anonymous signals are independent. A send of one calls no receiver of the
            other.""",
            zh="""两个匿名信号互不相干：隔壁洞里再怎么吼，也叫不动这个洞的小妖。""",
            commands="""
                signalcli define @cave
                signalcli send @cave
            """,
            python="""
                cave = Signal()
                print(cave.send())
            """,
        ),
    ),
    lesson(
        "2.3",
        "Multicast: one send, many receivers",
        "多播：一次发送，多个接收者",
        step(
            en="""One send calls every receiver. The commands call them in the order of connection;
            in Python, blinker's own order is undefined (see the lesson `order`).""",
            zh="""一次发送会调用所有接收者。命令按连接的先后调用；在 Python 里，blinker 本身不保证顺序
            （见 `order` 一课）。""",
            commands="""
                signalcli connect king animal_one
                signalcli connect king animal_two
                signalcli send king
            """,
            python="""
                from blinker import signal

                def order(sender, slogan=None):
                    news = f"：slogan是{slogan}" if slogan else ""
                    return f"{sender or ''}大王有令{news}"

                def animal_one(sender, **payload):
                    print(f"小钻风：{order(sender, **payload)}，我记住了！")
                    return "小钻风记住了"

                def animal_two(sender, **payload):
                    print(f"大钻风：{order(sender, **payload)}，我也记住了！")
                    return "大钻风记住了"

                king = signal("king")
                king.connect(animal_one)
                king.connect(animal_two)
                for receiver, result in king.send():
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
        step(
            en="""The article makes a mistake here: it passes the slogan as the first argument,
            which is the sender. The receivers print the slogan as the name of a king, and `qq`,
            which listens only to 大象, is not called.""",
            zh="""文章在这里出了错：它把口号当作第一个参数传了进去，而那个位置是发送者。
            于是小妖把口号当成了大王的名号，只听大象的 `qq` 则根本没听见。""",
            commands="""
                signalcli connect king qq --sender 大象
                signalcli send king 提防孙行者
            """,
            python="""
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                king.connect(qq, sender="大象")
                for receiver, result in king.send("提防孙行者"):
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
        step(
            en="""The correct way: the sender is who sends, and the payload (keyword arguments) is
            what is sent. Now the receivers get both, and `qq` is called.""",
            zh="""正确的写法：发送者说明是谁下的令，载荷（payload，即关键字参数）说明令是什么。
            这样小妖两样都清楚，`qq` 也听到了自家大王。""",
            commands="signalcli send king 大象 slogan=提防孙行者",
            python="""
                for receiver, result in king.send("大象", slogan="提防孙行者"):
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
    ),
    lesson(
        "2.4",
        "Listening to one sender",
        "订阅主题：只听一个发送者",
        step(
            en="""With `sender="大象"`, the receiver is called only for sends from 大象, and not for 狮子.
            Senders are compared as whole values; there are no wildcards.""",
            zh="""用 `sender="大象"` 连接之后，小钻风只听大象的，狮子下什么令都与它无关。
            发送者按整个值比较，没有通配符。""",
            commands="""
                signalcli connect king animal --sender 大象
                signalcli send king 狮子
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal, sender="大象")
                print(king.send("狮子"))
            """,
        ),
        step(
            en="""A send from 大象 calls the receiver.""",
            zh="""大象一声令下，小钻风这才动身。""",
            commands="signalcli send king 大象",
            python="""
                for receiver, result in king.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""大鹏 is another sender. Of these three sends, only one called the receiver.""",
            zh="""大鹏也是大王，却不是它的大王。三次发送，只有一次有人应。""",
            commands="signalcli send king 大鹏",
            python='print(king.send("大鹏"))',
        ),
    ),
)
