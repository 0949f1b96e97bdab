"""Names of signals that look alike."""

from __future__ import annotations

import pytest

from signalcli.tracing.look_alikes import look_alikes

ALIKE = """
    user-logged-in      user-loged-in
    order_placed        order-placed
    order-placed        orderPlaced
    order-placed        Order-Placed
    order-placed        placed-order
    user-logged-in      userlogged-in
    order-recieved      order-received
    order-created       orders-created
    order-cancelled     order-canceled
    registration-done   regisration-done
    shop/user-registered   mail/user-registered
    user-registered     shop/user-registered
    order-placed        shop.signals.order_placed
    order-placed        @order_placed
    shop.signals.saved  shop.signals.savd
    shop.signals.order_placed   shop.events.order_placed
    __main__.paid       shop.paid
    shop.Cart.emptied   cart-emptied
    ShoppingCart.emptied   shop/shopping_cart_emptied
    shop.signals.paid   signals.paid
    大王回来了            大王会来了
    order.placed        order_placed
    order.placed        OrderPlaced
    order.placed        ORDER_PLACED
    order.placed        zoo/order-placed
    order.placed        orderPlcaed
    order.placed        shop.signals.order_placed
    order.placed        shop.order_placed
    ordr.placed         order_placed
    user.loged.in       user-logged-in
    user.loged.in       user.logged.in
    user.logged-in      user_loged.in
"""


DIFFERENT = """
    user-logged-in      user-logged-out
    pre-save            post-save
    before-save         after-save
    value-set           value-get
    switch-on           switch-off
    user-created        user-updated
    step-1              step-2
    step1               step2
    model-saved         order-saved
    request-started     request-finished
    appcontext-pushed   appcontext-popped
    shop.Order.saved    shop.User.saved
    shop.Order.saved    saved-order-lines
    shop.cart.emptied   cart-emptied
    shop.orders.placed  shop.users.placed
    paid                said
    大王                 小王
    cart.saved          user.saved
    shop.Order.saved    shop.Orders.saved
    shop.order.placed   shop.order.shipped
    user.logged.in      user-logged-out
    step.1              step_2
"""


@pytest.mark.parametrize(
    ("names", "are_alike"),
    [
        (line.split(), are_alike)
        for text, are_alike in ((ALIKE, True), (DIFFERENT, False))
        for line in text.strip().splitlines()
    ],
)
def test_a_slip_or_another_place_looks_alike_and_another_meaning_does_not(
    names: list[str], are_alike: bool
) -> None:
    one, other = names

    found = look_alikes(one, [other]), look_alikes(other, [one])

    assert found == (([other], [one]) if are_alike else ([], []))


def test_the_same_words_come_first_and_the_same_name_is_none() -> None:
    names = ["order-plased", "order-placed", "zoo/order_placed", "king"]

    assert look_alikes("order-placed", names) == ["zoo/order_placed", "order-plased"]


def test_what_a_trace_adds_to_a_name_is_no_difference() -> None:
    name = "user-registered (in a namespace of its own)"

    assert look_alikes(name, ["shop/user-registered"]) == ["shop/user-registered"]
