//! Starkware's Pedersen hash, and lists hashed with it (Paradex reference 3.6).

use std::sync::LazyLock;

use super::curve::{Point, Table};
use super::felt::Felt;

/// The scheme's five points, from the digits of pi: a start, and for either operand one for its low 248 bits and one for
/// its high four.
const START: Point = Point::constant(
    "049ee3eba8c1600700ee1b87eb599f16716b0b1022947733551fde4050ca6804",
    "03ca0cfe4b3bc6ddf346d49d06ea0ed34e621062c0e056c1d0405d266e10268a",
);
const FIRST_LOW: Point = Point::constant(
    "0234287dcbaffe7f969c748655fca9e58fa8120b6d56eb0c1080d17957ebe47b",
    "03b056f100f96fb21e889527d41f4e39940135dd7a6c94cc6ed0268ee89e5615",
);
const FIRST_HIGH: Point = Point::constant(
    "04fa56f376c83db33f9dab2656558f3399099ec1de5e3018b7a6932dba8aa378",
    "03fa0984c931c9e38113e0c0e47e4401562761f92a7a23b45168f4e80ff5b54d",
);
const SECOND_LOW: Point = Point::constant(
    "04ba4cc166be8dec764910f75b45f74b40c690c74709e90f3aa372f0bd2d6997",
    "0040301cf5c1751f4b971e46c4ede85fcac5c59a5ce5ae7c48151f27b24b219c",
);
const SECOND_HIGH: Point = Point::constant(
    "054302dcb0e6cc1c6e44cca8f61a63bb2ca65048d53fb325d36ff12c49a58202",
    "01b77b3e37d13504b348046268d8ae25ce98ad783c25561a879dcc77e99c2426",
);

/// A byte at a time: 31 bytes of 248 bits, and one for the four above them. Half a megabyte each.
static FIRST: LazyLock<Table> = LazyLock::new(|| Table::new(8, &[(FIRST_LOW, 31), (FIRST_HIGH, 1)]));
static SECOND: LazyLock<Table> = LazyLock::new(|| Table::new(8, &[(SECOND_LOW, 31), (SECOND_HIGH, 1)]));

/// Of public values: the time tells them.
pub fn pedersen(first: Felt, second: Felt) -> Felt {
    with_second(with_first(first), second)
}

fn with_first(first: Felt) -> Point {
    FIRST.add_public(START, &first.to_le_bytes())
}

fn with_second(sum: Point, second: Felt) -> Felt {
    SECOND.add_public(sum, &second.to_le_bytes()).x()
}

/// A list that is being hashed: each element into the hash of those before it, and the length at the end. A copy of a
/// list's beginning is kept where many lists begin alike.
#[derive(Debug, Clone, Copy)]
pub struct Chain {
    /// Half of the next hash: that with the elements so far.
    sum: Point,
    length: u64,
}

impl Chain {
    /// Begins with 0, which adds nothing.
    pub const EMPTY: Self = Self { sum: START, length: 0 };

    pub fn then(self, element: Felt) -> Self {
        Self { sum: with_first(with_second(self.sum, element)), length: self.length + 1 }
    }

    pub fn end(self) -> Felt {
        with_second(self.sum, self.length.into())
    }
}

pub fn hash_of(elements: &[Felt]) -> Felt {
    elements.iter().fold(Chain::EMPTY, |chain, element| chain.then(*element)).end()
}
