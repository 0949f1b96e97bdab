"""Sections 3.1 to 3.3 of the article: signals in Flask."""

from __future__ import annotations

from signalcli.tour.lessons.lesson import lesson, step

APPLICATION = """\
from flask import Flask

app = Flask("app")

@app.get("/")
def index():
    return "hello blinker"
"""

FLASK = (
    lesson(
        "3.1",
        "A Flask application",
        "一个 Flask 应用",
        step(
            en="""This is the article's application, with one view. Flask sends its own signals during
            every request, whether or not a receiver is connected. The command makes a request and lists
            them in the order in which they are sent. For it, the code of the application is in the file
            `app.py`.""",
            zh="""这就是文章里的应用：一个视图，一句回答。不管有没有人听，Flask 自带的信号每次请求都会照发：
            命令发出一次请求，把它们按先后逐个列出来。命令所用的文件 `app.py` 里，就是这个应用的代码。""",
            commands="signalcli trace GET / --app app.py",
            python=APPLICATION
            + """
response = app.test_client().get("/")
print(f"GET / → {response.status_code}")
print(response.text)
""",
        ),
        step(
            en="""A path without a view is a request too. Its status is 404, and Flask sends the
            same signals.""",
            zh="""没有视图应答的路径也算一次请求：状态码是 404，信号却一个不少。""",
            commands="signalcli trace GET /missing --app app.py",
            python="""
                response = app.test_client().get("/missing")
                print(f"GET /missing → {response.status_code}")
            """,
        ),
        needs="flask",
        files={"app.py": APPLICATION},
    ),
    lesson(
        "3.2",
        "A signal of your own",
        "自定义信号",
        step(
            en="""The view sends the signal `msg`, and `qq` reports that a message came. The view
            does not need to know its receivers. The article writes `_signals.singal`, which does
            not exist; the name is `signal`, as the code shows.""",
            zh="""视图发送信号 `msg`，`qq` 就来报信：至于谁关心这件事，视图不必知道。
            文章里写的 `_signals.singal` 并不存在，正确的拼写是 `signal`，代码一跑便知。""",
            commands="""
                signalcli connect flask/msg qq
                signalcli flask request /msg
            """,
            python="""
                from flask import Flask
                from flask.signals import _signals

                try:
                    msg = _signals.singal("msg")
                except AttributeError:
                    msg = _signals.signal("msg")

                app = Flask("demo")

                @app.get("/msg")
                def send_message():
                    msg.send(slogan="巡山")
                    return "message sent"

                @msg.connect
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                response = app.test_client().get("/msg")
                print(f"GET /msg → {response.status_code}")
                print(response.text)
            """,
        ),
        step(
            en="""The leading underscore marks `_signals` as private to Flask. Put your own signals
            into a `Namespace` of your own, where their names cannot clash with others: `cave/msg`
            and `flask/msg` are two signals.""",
            zh="""`_signals` 前面的下划线表示它是 Flask 的内部事务。自己的信号最好放进自己的 `Namespace`，
            名字就不会和别人的冲突：`cave/msg` 和 `flask/msg` 是两个信号。""",
            commands="""
                signalcli connect cave/msg wechat
                signalcli send cave/msg 大象 slogan=巡山
                signalcli flask request /msg
            """,
            python="""
                from blinker import Namespace

                cave = Namespace()

                @cave.signal("msg").connect
                def wechat(sender, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")
                    return "微信已提醒"

                for receiver, result in cave.signal("msg").send("大象", slogan="巡山"):
                    print(receiver.__name__, "→", result)
                response = app.test_client().get("/msg")
                print(f"GET /msg → {response.status_code}")
                print(response.text)
            """,
        ),
        needs="flask",
    ),
    lesson(
        "3.3",
        "Flask's built-in signals",
        "Flask 内置信号",
        step(
            en="""Flask sends `request_started` before it calls the view, so `wechat` prints its
            line before the view answers.""",
            zh="""Flask 在调用视图之前发送 `request_started`：洞主还没开口，`wechat` 已经响了。""",
            commands="""
                signalcli connect flask/request-started wechat
                signalcli flask request /hello
            """,
            python="""
                from flask import Flask, request_started

                app = Flask("demo")

                @app.get("/hello")
                def hello():
                    return "hello blinker"

                @request_started.connect
                def wechat(sender, **payload):
                    print("微信：叮咚！有人敲门，洞主还没应声呢。")
                    return "微信已提醒"

                response = app.test_client().get("/hello")
                print(f"GET /hello → {response.status_code}")
                print(response.text)
            """,
        ),
        step(
            en="""A page with a template and a `flash()` sends nine signals, in the order that the
            command shows. `wechat` is called again: it was connected without a sender, so it is
            called for every application.""",
            zh="""用了模板和 `flash()` 的页面会发出九个信号，先后顺序见命令的输出。
            `wechat` 又响了：连接时没有指定发送者，哪个应用的请求它都听。""",
            commands="""
                signalcli connect flask/message-flashed qq
                signalcli flask request /
            """,
            python="""
                from flask import flash, message_flashed, render_template_string

                app = Flask("demo")
                app.secret_key = "芝麻开门"

                @app.get("/")
                def index():
                    flash("小钻风来报：有客到！")
                    return render_template_string("<h1>花果山水帘洞</h1>\\n")

                @message_flashed.connect
                def qq(sender, **payload):
                    print("QQ：嘀嘀嘀！洞口来了一封新信。")
                    return "QQ 已提醒"

                response = app.test_client().get("/")
                print(f"GET / → {response.status_code}")
            """,
        ),
        step(
            en="""If a view raises an exception, Flask sends `got_request_exception` and then
            answers with status 500. The sender of all ten built-in signals is the application; the
            exception is in the payload.""",
            zh="""视图抛出异常时，Flask 先发送 `got_request_exception`，再回答 500。
            十个内置信号的发送者都是应用本身，异常则放在载荷里。""",
            commands="""
                signalcli connect flask/got-request-exception qq
                signalcli flask request /raises
            """,
            python="""
                from flask import got_request_exception

                app = Flask("demo")
                app.logger.disabled = True

                @app.get("/raises")
                def raises():
                    raise RuntimeError("洞主不在家")

                got_request_exception.connect(qq)
                response = app.test_client().get("/raises")
                print(f"GET /raises → {response.status_code}")
            """,
        ),
        needs="flask",
    ),
)
