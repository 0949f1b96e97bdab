"""Pitfalls that only programs meet: sends within sends, coroutines, and looks into live signals."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

GATE = """\
from blinker import signal

king = signal("king")

@king.connect
def animal(sender, **payload):
    print("小钻风：大王有令！大王回来了，我这就去巡山。")
    king.connect(qq)
    return "小钻风去巡山"

def qq(sender, **payload):
    print("QQ：嘀嘀嘀！洞口来了一封新信。")
    return "QQ 已提醒"
"""
GUARDS = """\
queue = signal("queue")

class Guard:
    def animal_one(self, sender, **payload):
        print("小钻风：大王有令，我记住了！")
        for guard in guards:
            if guard is not self:
                queue.disconnect(guard.animal_one)
        return "小钻风记住了"

guards = [Guard(), Guard()]
for guard in guards:
    queue.connect(guard.animal_one)
"""
NEWS = """\
from blinker import signal

king = signal("king")

async def coroutine(sender, **payload):
    print("顺风耳：消息在路上，等等就到。")
    return "顺风耳听到了"

@king.connect
def call(sender, **payload):
    return coroutine(sender, **payload)
"""
ORDERS = """\
from blinker import signal

king = signal("king")

@king.connect
def qq(sender, **payload):
    print("QQ：嘀嘀嘀！洞口来了一封新信。")
    return "QQ 已提醒"
"""
LOOKS = """\
from blinker import ANY, signal

king, queue = signal("king"), signal("queue")

@king.connect_via("大象")
@queue.connect_via("大象")
def animal(sender, **payload):
    print("小钻风：大王有令！大王回来了，我这就去巡山。")
    return "小钻风去巡山"

hasattr(king, "receiver_connected")
queue._by_sender["狮子"]
"""
ZOO = """\
from blinker import ANY, Namespace, signal

class Mountain:
    pass

mountain = Mountain()
zoo = Namespace()
king = signal("king")
order = signal("king")
zoo_king = zoo.signal("king")

@order.connect_via(mountain)
def animal(sender, **payload):
    print("小钻风：大王有令！大王回来了，我这就去巡山。")
    return "小钻风去巡山"
"""
RELAY = """\
from blinker import signal

king, queue = signal("king"), signal("queue")

@queue.connect
def animal(sender, **payload):
    print("小钻风：大王有令！大王回来了，我这就去巡山。")
    return "小钻风去巡山"

king.connect(queue.send)

def recorded(*senders, **payload):
    print("QQ：嘀嘀嘀！洞口来了一封新信。")
    return send(*senders, **payload)

send = queue.send
queue.send = recorded
"""
LATE = """\
gate = signal("gate")

@gate.connect
def pass_on(sender, **payload):
    return queue.send(sender, **payload)
"""

TRUTHS_IN_PYTHON = (
    lesson(
        "during",
        "Connecting during a send",
        "发送途中的连接",
        step(
            en="""A send calls the receivers that are connected when it begins. `animal` connects `qq`
            while it is called, so this send doesn't call `qq`; the next one would. For the commands, the
            definitions of this lesson are in the file `gate.py`.""",
            zh="""一次发送叫的是开始时就连着的接收者。`animal` 在被调用时才连上 `qq`，这一次就叫不到它，
            下一次才行。命令所用的文件 `gate.py` 里，就是这一课的各个定义。""",
            commands="signalcli send king --app gate.py --yes",
            python=GATE
            + """
for receiver, result in king.send():
    print(receiver.__name__, "→", result)
""",
        ),
        step(
            en="""The other way round, a receiver that is disconnected before its turn is skipped. Both
            guards listen to `queue`; whichever is called first disconnects the other.""",
            zh="""反过来，还没轮到就被断开的接收者，会被跳过。两个守卫都听 `queue`：
            谁先被叫到，谁就把另一个断开。""",
            commands="signalcli send queue --app gate.py --yes",
            python=GUARDS
            + """
for receiver, result in queue.send():
    print(receiver.__name__, "→", result)
""",
        ),
        files={"gate.py": GATE + GUARDS},
    ),
    lesson(
        "never-awaited",
        "A coroutine that is never awaited",
        "没人等待的协程",
        step(
            en="""`call` is a plain function that returns a coroutine. blinker looks only at `call`, and
            doesn't recognise it: `send` raises no exception, and nothing inside `coroutine` runs. For
            the commands, the code down to `call` is in the file `news.py`.""",
            zh="""`call` 是普通函数，返回的却是协程。blinker 只看 `call`，认不出来：`send` 不报错，
            `coroutine` 里的代码也一行没跑。命令所用的文件 `news.py` 里，就是到 `call` 为止的代码。""",
            commands="signalcli send king --app news.py --yes",
            python=NEWS
            + """
for receiver, result in king.send():
    print(receiver.__name__, "→", result)
    result.close()
""",
        ),
        step(
            en="""`send_async` doesn't recognise it either, but says so: to blinker, `call` is no coroutine
            function. It is the same with an object whose class has an `async def __call__`.""",
            zh="""`send_async` 同样认不出来，不过它会说：在 blinker 眼里，`call` 不是协程函数。
            类里写了 `async def __call__` 的对象也一样。""",
            commands="signalcli send king --async --app news.py --yes",
            python="""
                import asyncio

                try:
                    asyncio.run(king.send_async())
                except RuntimeError as error:
                    print(f"RuntimeError: {error}")
            """,
        ),
        step(
            en="""Connect the coroutine function itself. A wrapper around one has to be an `async def`,
            too.""",
            zh="""解药是直接连接协程函数。要给它套一层，这一层也得是 `async def`。""",
            commands="""
                signalcli connect queue coroutine
                signalcli send queue --async
            """,
            python="""
                queue = signal("queue")
                queue.connect(coroutine)
                for receiver, result in asyncio.run(queue.send_async()):
                    print(receiver.__name__, "→", result)
            """,
        ),
        files={"news.py": NEWS},
    ),
    lesson(
        "sender-key",
        "A payload key called sender",
        "载荷里名叫 sender 的键",
        step(
            en="""The sender is passed by position, and the payload by keywords. With a payload key `sender`,
            the parameter `sender` gets two values. For the commands, the code down to `qq` is in the file
            `orders.py`.""",
            zh="""发送者按位置传入，载荷按关键字传入。载荷里若有个键叫 `sender`，参数 `sender` 就得到两个值。
            命令所用的文件 `orders.py` 里，就是到 `qq` 为止的代码。""",
            commands="signalcli send king 大象 sender=小钻风 --app orders.py --yes",
            python=ORDERS
            + """
try:
    king.send("大象", sender="小钻风")
except TypeError as error:
    print(f"TypeError: {error}")
""",
        ),
        step(
            en="""A `/` after the parameter makes it positional-only, and the payload can have any key.""",
            zh="""在参数后面写上 `/`，它就只能按位置传入，载荷里叫什么名字都不要紧。""",
            commands="""
                signalcli connect queue echo
                signalcli send queue 大象 sender=小钻风
            """,
            python="""
                queue = signal("queue")

                @queue.connect
                def echo(sender, /, **payload):
                    return {"sender": sender, "payload": payload}

                for receiver, result in queue.send("大象", sender="小钻风"):
                    print(receiver.__name__, "→", result)
            """,
        ),
        step(
            en="""blinker itself sends such a key: `receiver_connected` has `receiver`, `sender` and `weak`.
            If its receiver raises `TypeError`, blinker undoes the connection. Here, `strict` takes no
            payload.""",
            zh="""blinker 自己就发送这样的载荷：`receiver_connected` 带着 `receiver`、`sender` 和 `weak`。
            它的接收者若抛出 `TypeError`，blinker 就撤销刚建立的连接。这里的 `strict` 什么载荷也不收。""",
            commands="""
                signalcli connect gate:receiver_connected strict
                signalcli connect gate wechat
                signalcli send gate
            """,
            python="""
                def strict(sender, /):
                    print("老钻风：我只认人，不收东西。")
                    return "老钻风点头"

                def wechat(sender, /, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")
                    return "微信已提醒"

                gate = signal("gate")
                gate.receiver_connected.connect(strict)
                try:
                    gate.connect(wechat)
                except TypeError:
                    print(gate.send())
            """,
        ),
        files={"orders.py": ORDERS},
    ),
    lesson(
        "looking",
        "Looking without creating",
        "只看，不新建",
        step(
            en="""A signal makes its `receiver_connected` when it is first asked for, and `hasattr` asks. To
            look without making it, ask `vars`. The commands look in this way; for them, the code down to
            the two looks is in the file `looks.py`.""",
            zh="""信号的 `receiver_connected` 是第一次有人问起时才造出来的，而 `hasattr` 就是在问。想只看不造，
            请问 `vars`。命令就是这样看的；它们所用的文件 `looks.py` 里，就是到那两次打量为止的代码。""",
            commands="""
                signalcli inspect king:receiver_connected --app looks.py
                signalcli inspect queue:receiver_connected --app looks.py
            """,
            python=LOOKS
            + """
def ask(signal, sender):
    answer = signal.has_receivers_for(sender)
    names = [found.__name__ for found in signal.receivers_for(sender)]
    print(f"has_receivers_for({sender}) → {answer}")
    print(f"receivers_for({sender}) → {names}")

for each in (king, queue):
    if "receiver_connected" in vars(each):
        ask(each.receiver_connected, ANY)
    else:
        print("not made yet")
""",
        ),
        step(
            en="""`_by_sender` is a dictionary that makes an entry for each key that it is indexed with. The
            look at 狮子 left one, so `has_receivers_for` is `True`, although no receiver ever listened.
            `_by_sender.get` makes none.""",
            zh="""`_by_sender` 这个字典，用哪个键去取，就新建哪个条目。打量了一眼狮子，就留下一个空桶，
            于是 `has_receivers_for` 说 `True`，其实从来没有谁听过。`_by_sender.get` 则不会新建。""",
            commands="signalcli inspect queue --app looks.py",
            python="""
                ask(queue, ANY)
                ask(queue, "大象")
                ask(queue, "狮子")
            """,
        ),
        step(
            en="""To find all signals of a program, ask `type` what an object is. `isinstance` also asks the
            object itself for its `__class__`, and a lazy object then loads its target.""",
            zh="""想找出程序里的所有信号，请用 `type` 问对象是什么。`isinstance` 还会去问对象自己的 `__class__`，
            惰性对象这就把它代表的东西加载了。""",
            commands="signalcli list --app looks.py",
            python="""
                import gc
                from blinker import Signal

                found = [o for o in gc.get_objects() if issubclass(type(o), Signal)]
                named = [each for each in found if "name" in vars(each)]
                for each in sorted(named, key=lambda each: each.name):
                    print(f"{each.name}.receivers →", bool(each.receivers))
            """,
        ),
        files={"looks.py": LOOKS},
    ),
    lesson(
        "many-names",
        "One signal, many names",
        "一个信号，多个名字",
        step(
            en="""`king` and `order` are two variables for one signal: `animal` was connected to `order`, and a
            send of `king` calls it. For the commands, the code down to `animal` is in the file `zoo.py`.""",
            zh="""`king` 和 `order` 两个变量是同一个信号：`animal` 连的是 `order`，发送 `king` 也叫得到它。
            命令所用的文件 `zoo.py` 里，就是到 `animal` 为止的代码。""",
            commands="signalcli send king --sender-object zoo:mountain --app zoo.py --yes",
            python=ZOO
            + """
for receiver, result in king.send(mountain):
    print(receiver.__name__, "→", result)
""",
        ),
        step(
            en="""And one name can mean two signals, in two namespaces. blinker's own namespace is
            `signal.__self__`, since `signal` is its method; since blinker 1.8, it is also called
            `default_namespace`.""",
            zh="""反过来，一个名字也可以是两个信号，各在各的命名空间。blinker 自带的命名空间就是 `signal.__self__`，
            因为 `signal` 是它的方法；从 blinker 1.8 起，它还叫 `default_namespace`。""",
            commands="signalcli list --app zoo.py",
            python="""
                for each in signal.__self__.values():
                    print(f"{each.name}.receivers →", bool(each.receivers))
                for each in zoo.values():
                    print(f"zoo/{each.name}.receivers →", bool(each.receivers))
            """,
        ),
        step(
            en="""`inspect` shows all names of a signal, and the senders themselves. Text and integers are their
            own keys of `_by_sender`. Any other sender has its `id` as the key, and a weak reference in
            `_weak_senders` gives the sender back.""",
            zh="""`inspect` 写出信号的所有名字，还有发送者本身。在 `_by_sender` 里，文本和整数的键就是自己；
            其他发送者的键是 `id`，凭 `_weak_senders` 里的弱引用能找回发送者。""",
            commands="signalcli inspect king --app zoo.py",
            python="""
                def ask(signal, sender):
                    answer = signal.has_receivers_for(sender)
                    names = [found.__name__ for found in signal.receivers_for(sender)]
                    print(f"has_receivers_for({sender}) → {answer}")
                    print(f"receivers_for({sender}) → {names}")

                ask(king, ANY)
                for key in list(king._by_sender):
                    if key in king._weak_senders:
                        ask(king, king._weak_senders[key]())
            """,
        ),
        files={"zoo.py": ZOO},
    ),
    lesson(
        "bound-send",
        "A send that was bound before",
        "早就绑定的 send",
        step(
            en="""A receiver can be the `send` of another signal: `king` passes its sends on to `queue`. Then
            `queue.send` is replaced by `recorded`, but `king` still has the old one, so `recorded` isn't
            called. For the commands, the definitions of this lesson are in the file `relay.py`.""",
            zh="""接收者也可以是另一个信号的 `send`：`king` 把令转给 `queue`。后来 `queue.send` 换成了 `recorded`，
            可 `king` 手里还是旧的那个，`recorded` 就没有被调用。命令所用的文件 `relay.py` 里，就是这一课的各个定义。""",
            commands="signalcli send king --app relay.py --yes",
            python=RELAY
            + """
for receiver, result in king.send():
    print(receiver.__name__, "→", result)
""",
        ),
        step(
            en="""`pass_on` looks up `queue.send` at each send, and so it calls `recorded`. To see every send,
            however it is made, connect a receiver.""",
            zh="""`pass_on` 在每次发送时才去取 `queue.send`，所以调用了 `recorded`。想一次不漏地看到发送，
            请连接一个接收者。""",
            commands="signalcli send gate --app relay.py --yes",
            python=LATE
            + """
for receiver, result in gate.send():
    print(receiver.__name__, "→", result)
""",
        ),
        files={"relay.py": RELAY + LATE},
    ),
)
