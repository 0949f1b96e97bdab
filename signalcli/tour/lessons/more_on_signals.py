"""Section 4 of the article and blinker's list of features; namespaces, and what a sender is."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

ORDERS = """\
from blinker import signal

class Order:
    pass

first = Order()
paid = signal("paid")

@paid.connect_via(Order)
def qq(sender, **payload):
    print("QQ：嘀嘀嘀！洞口来了一封新信。")
    return "QQ 已提醒"
"""
GREETINGS = """\
from flask import Flask, current_app
from blinker import signal

app = Flask("app")
greeted = signal("greeted")

@greeted.connect_via(app)
def animal(sender, **payload):
    print("小钻风：有客到！")
    return "小钻风去迎客"

@app.get("/")
def index():
    greeted.send(current_app)
    return "proxy"

@app.get("/object")
def with_object():
    greeted.send(current_app._get_current_object())
    return "object"
"""

MORE_ON_SIGNALS = (
    lesson(
        "4",
        "For and against blinker",
        "blinker 的长处与短处",
        step(
            en="""The article's first point for blinker: sender and receivers are decoupled. `announce`
            doesn't know who listens. It stays the same, whether receivers are connected or not.""",
            zh="""文章说的第一个长处是解耦：`announce` 不知道谁在听。山上没有小妖也好，来了小妖也好，
            它一个字都不用改。""",
            commands="""
                signalcli define king
                signalcli send king 大象
                signalcli connect king animal
                signalcli send king 大象
            """,
            python="""
                from blinker import signal

                king = signal("king")

                def announce():
                    return king.send("大象")

                print(announce())

                @king.connect
                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                for receiver, result in announce():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""The second: one send reaches any number of receivers, and `send` returns what each
            of them returned.""",
            zh="""第二个长处：一次发送，来多少小妖都听得到，`send` 把每一个的返回值都交回来。""",
            commands="""
                signalcli connect king animal_one
                signalcli send king 大象
            """,
            python="""
                @king.connect
                def animal_one(sender, **payload):
                    print(f"小钻风：{sender}大王有令，我记住了！")
                    return "小钻风记住了"

                for receiver, result in announce():
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
        step(
            en="""Against blinker, the article says "no async", which is out of date (see the lesson
            `async`), and "limited topics", which is true: a filter is one whole sender. There are no
            patterns and no parts of a sender.""",
            zh="""短处呢，文章说“不支持异步”，这已经过时（见 `async` 一课）；又说“主题有限”，这倒不假：
            过滤条件只能是一个完整的发送者，没有通配符，也不能只写一半。""",
            commands="""
                signalcli connect queue qq --sender 大象
                signalcli send queue 大象/巡山
                signalcli send queue 大象
            """,
            python="""
                queue = signal("queue")

                @queue.connect_via("大象")
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                print(queue.send("大象/巡山"))
                for receiver, result in queue.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
    ),
    lesson(
        "features",
        "Payload, deletion and threads",
        "载荷、自动断开与线程",
        step(
            en="""The payload has any size: blinker passes the objects themselves and copies nothing. On
            the command line, `:=` makes a word JSON.""",
            zh="""载荷不限大小：blinker 传的就是对象本身，什么也不复制。在命令行里，`:=` 后面写 JSON。""",
            commands="""
                signalcli connect king echo
                signalcli send king 大象 team:='["小钻风", "大钻风"]' rounds:=3
            """,
            python="""
                from blinker import signal

                def echo(sender, **payload):
                    return {"sender": sender, "payload": payload}

                king = signal("king")
                king.connect(echo)
                team = ["小钻风", "大钻风"]
                for receiver, result in king.send("大象", team=team, rounds=3):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""A receiver that is deleted is disconnected: the signal holds it weakly, so that no
            code has to remember to disconnect it (see the lesson `weak`).""",
            zh="""接收者被删除，连接也就自动断开：信号只用弱引用持有它，谁也不必惦记着去断开
            （见 `weak` 一课）。""",
            commands="""
                signalcli connect queue animal
                signalcli drop animal
                signalcli send queue 大象
            """,
            python="""
                from weakref import ref

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                queue = signal("queue")
                queue.connect(animal)
                look = ref(animal)
                del animal
                print("animal →", "alive" if look() else "gone")
                print(queue.send("大象"))
            """,
        ),
        step(
            en="""Several threads can send one signal at the same time. A receiver runs in the thread
            that sends, so protect what several sends share, for example with a lock.""",
            zh="""几个线程可以同时发送同一个信号。接收者就在发送的那个线程里运行，所以几次发送共用的东西，
            要自己保护好，比如加一把锁。""",
            commands="""
                signalcli connect gate animal_one
                signalcli send gate --count 4 --threads 2
            """,
            python="""
                from threading import Thread

                gate = signal("gate")

                @gate.connect
                def animal_one(sender, **payload):
                    print("小钻风：大王有令，我记住了！")
                    return "小钻风记住了"

                def send_twice():
                    for _ in range(2):
                        for receiver, result in gate.send():
                            print(f"{receiver.__name__} → {result}")

                threads = [Thread(target=send_twice) for _ in range(2)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            """,
            unordered=True,
        ),
    ),
    lesson(
        "same-name",
        "One name in two namespaces",
        "两个命名空间，同一个名字",
        step(
            en="""A `Namespace` is a registry of its own. Its `king` is another signal than the `king`
            of blinker's own namespace, which `signal` uses.""",
            zh="""`Namespace` 是另立的一本名册。它里面的 `king`，与 `signal` 所用的 blinker 自带名册里的 `king`，
            是两个信号。""",
            commands="""
                signalcli connect zoo/king animal
                signalcli connect king qq
                signalcli send zoo/king
            """,
            python="""
                from blinker import Namespace, signal

                zoo = Namespace()

                def animal(sender, **payload):
                    print("小钻风：大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                zoo.signal("king").connect(animal)
                signal("king").connect(qq)
                for receiver, result in zoo.signal("king").send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""A send of the other `king` calls only the other receiver. If a receiver isn't called,
            check first that sender and receiver mean the same signal.""",
            zh="""发送另一个 `king`，只会叫来另一个接收者。接收者没有被叫到时，先看看两边说的是不是同一个信号。""",
            commands="signalcli send king",
            python="""
                for receiver, result in signal("king").send():
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""Within one namespace, the name decides: `zoo.signal("king")` returns the same object
            on every call.""",
            zh="""在同一个命名空间里，名字说了算：`zoo.signal("king")` 每次返回的都是同一个对象。""",
            commands="""
                signalcli connect zoo/king qq
                signalcli send zoo/king
            """,
            python="""
                zoo.signal("king").connect(qq)
                for receiver, result in zoo.signal("king").send():
                    print(receiver.__name__, "→", result)
            """,
            unordered=True,
        ),
    ),
    lesson(
        "any-and-sender",
        "Everyone, and one sender",
        "既听所有人，又听一个人",
        step(
            en="""`animal` listens to `ANY` and also to 大象. A send from 大象 calls it once, not
            twice.""",
            zh="""`animal` 既听 `ANY`，又单独听大象。大象发令，它只跑一趟，不跑两趟。""",
            commands="""
                signalcli connect king animal
                signalcli connect king animal --sender 大象
                signalcli send king 大象
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal)
                king.connect(animal, sender="大象")
                for receiver, result in king.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`disconnect` with a sender ends only the connection to this sender. The one to `ANY`
            stays, so a send from 大象 still calls `animal`.""",
            zh="""带发送者的 `disconnect` 只断开对这个发送者的连接。听 `ANY` 的那个还在，
            所以大象发令照样叫得到 `animal`。""",
            commands="""
                signalcli disconnect king animal --sender 大象
                signalcli send king 大象
            """,
            python="""
                king.disconnect(animal, sender="大象")
                for receiver, result in king.send("大象"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""`disconnect` without a sender ends all connections of the receiver.""",
            zh="""不带发送者的 `disconnect` 断开这个接收者的全部连接。""",
            commands="""
                signalcli disconnect king animal
                signalcli send king 大象
            """,
            python="""
                king.disconnect(animal)
                print(king.send("大象"))
            """,
        ),
    ),
    lesson(
        "identity",
        "The same sender",
        "是不是同一个发送者",
        step(
            en="""Text and integers are compared by value: this 大象 is put together at run time, and is
            the same sender as the literal.""",
            zh="""文本和整数按值比较：这里的“大象”是运行时拼出来的，与直接写下的是同一个发送者。""",
            commands="""
                signalcli connect king animal --sender 大象
                signalcli send king 大象
            """,
            python="""
                from blinker import signal

                def animal(sender, **payload):
                    print(f"小钻风：{sender}大王有令！大王回来了，我这就去巡山。")
                    return "小钻风去巡山"

                king = signal("king")
                king.connect(animal, sender="大象")
                name = "".join(["大", "象"])
                for receiver, result in king.send(name):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""All other objects are compared by identity. `qq` listens to the class `Order`, so a
            send from an order doesn't call it. For the commands, the code down to `qq` is in the file
            `orders.py`.""",
            zh="""其他对象都按身份比较。`qq` 听的是类 `Order` 本身，某一张订单发送时叫不到它。
            命令所用的文件 `orders.py` 里，就是到 `qq` 为止的代码。""",
            commands="""
                signalcli send paid --sender-object orders:first --app orders.py --yes
                signalcli send paid --sender-object orders:Order --app orders.py --yes
            """,
            python=ORDERS
            + """
print(paid.send(first))
for receiver, result in paid.send(Order):
    print(receiver.__name__, "→", result)
""",
        ),
        step(
            en="""Flask's `current_app` is a proxy, which is another object than the application:
            `animal` listens to `app`, and isn't called. `_get_current_object()` returns the
            application. For the commands, the code down to the last view is in the file `greetings.py`.""",
            zh="""Flask 的 `current_app` 是代理，和应用本身不是同一个对象：`animal` 听的是 `app`，所以没有被叫到。
            `_get_current_object()` 返回的才是应用本身。命令所用的 `greetings.py` 里，就是到最后一个视图为止的代码。""",
            commands="""
                signalcli trace GET / --app greetings.py
                signalcli trace GET /object --app greetings.py
            """,
            python=GREETINGS
            + """
for path in ("/", "/object"):
    response = app.test_client().get(path)
    print(f"GET {path} → {response.status_code}")
    print(response.text)
""",
        ),
        needs="flask",
        files={"orders.py": ORDERS, "greetings.py": GREETINGS},
    ),
)
