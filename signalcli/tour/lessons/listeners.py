"""Sections 2.5 to 2.8 of the article: decorators, and checks for receivers."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

LISTENERS = (
    lesson(
        "2.5",
        "Connecting with a decorator",
        "用装饰器连接",
        step(
            en="""`@king.connect` connects the function that follows, at the moment it is defined.
            The command for it is `connect` as well.""",
            zh="""`@king.connect` 在函数定义的那一刻就把它连接到信号上。
            在命令行里，对应的仍是同一个 `connect`。""",
            commands="""
                signalcli connect king animal_one
                signalcli connect king animal_two
            """,
            python="""
                from blinker import signal

                king = signal("king")

                @king.connect
                def animal_one(sender, slogan):
                    print(f"小钻风：{sender}大王有令：slogan是{slogan}，我记住了！")
                    return "小钻风记住了"

                @king.connect
                def animal_two(sender, slogan):
                    print(f"大钻风：{sender}大王有令：slogan是{slogan}，我也记住了！")
                    return "大钻风记住了"
            """,
        ),
        step(
            en="""Both receivers are called. The article again sends the slogan as the sender. Here
            it is payload, and the receivers take it as a parameter.""",
            zh="""两个接收者都被调用。文章又把口号当成发送者来发；这里它是载荷，
            接收者用同名参数取得。""",
            commands="signalcli send king 狮子 slogan=看好山门",
            python="""
                for receiver, result in king.send("狮子", slogan="看好山门"):
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
        step(
            en="""The decorator returns the function itself, so you can use its name to disconnect
            it later.""",
            zh="""装饰器返回的就是原来的函数，所以之后仍可以凭函数名断开连接。""",
            commands="""
                signalcli disconnect king animal_two
                signalcli send king 狮子 slogan=收兵
            """,
            python="""
                king.disconnect(animal_two)
                for receiver, result in king.send("狮子", slogan="收兵"):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "2.6",
        "A decorator for one sender",
        "带主题的装饰器",
        step(
            en="""`@king.connect_via("大象")` connects the function to one sender. `connect` holds a
            function weakly by default; `connect_via` holds it strongly. On the command line, that
            is `--strong`.""",
            zh="""`@king.connect_via("大象")` 把函数连接到一个发送者。与默认弱引用的 `connect` 不同，
            它用强引用持有函数；在命令行里写作 `--strong`。""",
            commands="""
                signalcli connect king animal --sender 大象 --strong
                signalcli send king 狮子
                signalcli send king 大象
            """,
            python="""
                from blinker import signal

                def show(results):
                    for receiver, result in results:
                        print(receiver.__name__, "→", result)

                king = signal("king")

                @king.connect_via("大象")
                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                print(king.send("狮子"))
                show(king.send("大象"))
            """,
        ),
        step(
            en="""Delete the last name of the function: the strong connection keeps it alive, and
            sends still call it.""",
            zh="""把小钻风从名册上划掉：强引用仍让它活着，照样听令。""",
            commands="""
                signalcli drop animal
                signalcli send king 大象
            """,
            python="""
                from weakref import ref

                look = ref(animal)
                del animal
                print("animal →", "alive" if look() else "gone")
                show(king.send("大象"))
            """,
        ),
        step(
            en="""`connect` holds the function weakly. When its last name is deleted, Python deletes
            the function, and a send calls no receiver.""",
            zh="""换成只用弱引用的 `connect`：名册上一划，小妖就没了，无人应声。""",
            commands="""
                signalcli connect queue animal_one --sender 大象
                signalcli drop animal_one
                signalcli send queue 大象
            """,
            python="""
                queue = signal("queue")

                def animal_one(sender, **payload):
                    print(f"小钻风：{sender}大王有令，我记住了！")
                    return "小钻风记住了"

                queue.connect(animal_one, sender="大象")
                look = ref(animal_one)
                del animal_one
                print("animal_one →", "alive" if look() else "gone")
                print(queue.send("大象"))
            """,
        ),
    ),
    lesson(
        "2.7",
        "Are there receivers?",
        "有没有接收者",
        step(
            en="""`if king.receivers:` is true if anything is connected to the signal. `king` has
            one receiver, `queue` has none.""",
            zh="""`if king.receivers:` 问的是信号上到底有没有接收者。`king` 有一个小妖，
            `queue` 一个也没有。""",
            commands="""
                signalcli connect king animal
                signalcli define queue
                signalcli list
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal)
                queue = signal("queue")
                print("king.receivers →", bool(king.receivers))
                print("queue.receivers →", bool(queue.receivers))
            """,
        ),
        step(
            en="""This check is useful if the payload is expensive to make: without receivers you
            can skip it. `king` has a receiver.""",
            zh="""准备载荷很费工夫时，先问一句才值得：没人要的地图何必画？`king` 有人等着。""",
            commands="signalcli send king",
            python="""
                if king.receivers:
                    for receiver, result in king.send():
                        print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`queue` has no receivers. blinker does not treat a send without receivers as an
            error. With `--fail-unheard`, the command ends with status 3, so that a script
            notices.""",
            zh="""`queue` 这边，小妖全都巡山去了。没人听到的发送在 blinker 看来不算错误；
            加上 `--fail-unheard`，脚本就能从退出状态 3 得知。""",
            commands="signalcli send queue --fail-unheard",
            python="""
                if not queue.receivers:
                    print(queue.send())
            """,
        ),
    ),
    lesson(
        "2.8",
        "Are there receivers for this sender?",
        "某个发送者有没有接收者",
        step(
            en="""The article calls `king.has_receivers_for(animal)` and reads `True` as "animal is
            connected". But the argument is a sender. `animal` listens to `ANY`, so the answer is
            `True` for every sender, even for 白骨精, which never sent anything.""",
            zh="""文章用 `king.has_receivers_for(animal)` 提问，得到 `True` 就以为 animal 连上了。
            其实这里问的是发送者：`animal` 听 `ANY`，就算换成从没发过令的白骨精，答案也是 `True`。""",
            commands="""
                signalcli connect king animal
                signalcli inspect king --sender animal --sender 白骨精
            """,
            python="""
                from blinker import ANY, signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                def ask(signal, sender):
                    name = getattr(sender, "__name__", sender)
                    answer = signal.has_receivers_for(sender)
                    names = [found.__name__ for found in signal.receivers_for(sender)]
                    print(f"has_receivers_for({name}) → {answer}")
                    print(f"receivers_for({name}) → {names}")

                king = signal("king")
                king.connect(animal)
                ask(king, ANY)
                ask(king, animal)
                ask(king, "白骨精")
            """,
        ),
        step(
            en="""Connected to one sender, the same call returns `False`, although the receiver is
            connected: no receiver listens to a sender called animal.""",
            zh="""让小钻风只听一位大王，同样的问法就得到 `False`，尽管它照样连接着：
            并没有谁在听名叫 animal 的发送者。""",
            commands="""
                signalcli connect queue animal --sender 大象
                signalcli inspect queue --sender animal
            """,
            python="""
                queue = signal("queue")
                queue.connect(animal, sender="大象")
                ask(queue, ANY)
                ask(queue, "大象")
                ask(queue, animal)
            """,
        ),
        step(
            en="""Pass the sender of your next send: `receivers_for` lists the receivers that it
            would call. Be careful with `ANY`: it asks only for receivers that listen to every
            sender.""",
            zh="""正确的问法是给出发送者，`receivers_for` 会说明谁会应声。
            也要当心 `ANY`：它只问有没有谁在听所有发送者。""",
            commands="""
                signalcli inspect queue --sender 大象 --sender 狮子
                signalcli send queue 大象
            """,
            python="""
                ask(queue, ANY)
                ask(queue, "大象")
                ask(queue, "狮子")
                for receiver, result in queue.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
)
