//! Money has no operators, because two currencies have no sum and no order: the methods answer `None` for them.

use epay::Money;

fn right(price: Money, delivery: Money, paid: Money) -> Option<bool> {
    paid.covers(price.checked_add(delivery)?)
}

fn wrong_sum(price: Money, delivery: Money) -> Money {
    price + delivery
}

fn wrong_order(price: Money, paid: Money) -> bool {
    paid >= price
}

fn main() {}
