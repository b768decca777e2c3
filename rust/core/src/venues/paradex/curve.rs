//! The STARK curve y^2 = x^3 + x + b over `Felt`: one addition for every pair of points, and tables of multiples.

use std::sync::LazyLock;

use crypto_bigint::CtEq;

use super::felt::Felt;

/// 3 * b.
const B3: Felt = Felt::constant("04d63c3bcf3ac2783f2b0c4858e6fa5021d07744415b4145de69f62cd6cbdb99");

/// What keys and signatures are multiples of; its order is `ecdsa::ORDER`.
const GENERATOR: Point = Point::constant(
    "01ef15c18599971b7beced415a40f0c7deacfd9b0d1819e03d723d8bc943cfca",
    "005668060aa49730b7be4801df46ec62de53ecd11abe43a32873000c36e8dc1f",
);

/// x/z and y/z; z = 0 is the point at infinity.
#[derive(Debug, Clone, Copy)]
pub struct Point {
    x: Felt,
    y: Felt,
    z: Felt,
}

/// An entry of a table: z is 1.
#[derive(Debug, Clone, Copy)]
struct Affine {
    x: Felt,
    y: Felt,
}

impl Point {
    pub const INFINITY: Self = Self { x: Felt::ZERO, y: Felt::ONE, z: Felt::ZERO };

    /// A constant point by the 64 hex digits of its coordinates.
    pub const fn constant(x: &str, y: &str) -> Self {
        Self { x: Felt::constant(x), y: Felt::constant(y), z: Felt::ONE }
    }

    /// The coordinate that hashes, public keys and signatures are; 0 for infinity.
    pub fn x(&self) -> Felt {
        self.x * self.z.inverse()
    }

    /// The complete addition of Renes, Costello and Batina (2016, algorithm 1) for a = 1: equal points, opposite points and
    /// infinity need no branch, so the time tells nothing of a secret multiple.
    fn plus(&self, other: &Self) -> Self {
        let (p, q) = (self, other);
        let (xx, yy, zz) = (p.x * q.x, p.y * q.y, p.z * q.z);
        let xy = (p.x + p.y) * (q.x + q.y) - xx - yy;
        let xz = (p.x + p.z) * (q.x + q.z) - xx - zz;
        let yz = (p.y + p.z) * (q.y + q.z) - yy - zz;
        Self::sum(xx, yy, zz, xy, xz, yz)
    }

    /// The same for a point whose z is 1 (algorithm 2).
    #[inline]
    fn plus_entry(&self, other: &Affine) -> Self {
        let (p, q) = (self, other);
        let (xx, yy) = (p.x * q.x, p.y * q.y);
        let xy = (p.x + p.y) * (q.x + q.y) - xx - yy;
        Self::sum(xx, yy, p.z, xy, p.x + q.x * p.z, p.y + q.y * p.z)
    }

    /// From the products of the coordinates: `xy` is x1 * y2 + x2 * y1, and so on.
    #[inline(always)]
    fn sum(xx: Felt, yy: Felt, zz: Felt, xy: Felt, xz: Felt, yz: Felt) -> Self {
        let middle = xz + B3 * zz;
        let (low, high) = (yy - middle, yy + middle);
        let u = xx + B3 * xz - zz;
        let v = xx + xx + xx + zz;
        Self { x: xy * low - yz * u, y: v * u + high * low, z: yz * high + xy * v }
    }
}

/// Multiples of points by every value of every digit of a number, so that a multiple is one addition a digit.
pub struct Table {
    digit_bits: usize,
    /// Of one digit after the other, lowest digit first, the multiples by 1, 2, 3, ...
    entries: Vec<Affine>,
}

impl Table {
    /// `points`: each with the number of digits that count its multiples. `digit_bits` divides 8.
    pub fn new(digit_bits: usize, points: &[(Point, usize)]) -> Self {
        let mut multiples = Vec::new();
        for (point, digits) in points {
            let mut unit = *point;
            for _ in 0..*digits {
                let mut multiple = unit;
                for _ in 1..1 << digit_bits {
                    multiples.push(multiple);
                    multiple = multiple.plus(&unit);
                }
                unit = multiple;
            }
        }
        Self { digit_bits, entries: normalised(&multiples) }
    }

    /// Every digit, lowest first, with its entries.
    fn digits<'a>(&'a self, number: &'a [u8; 32]) -> impl Iterator<Item = (usize, &'a [Affine])> {
        let values = (1 << self.digit_bits) - 1;
        self.entries.chunks(values).enumerate().map(move |(index, entries)| {
            let bit = index * self.digit_bits;
            (usize::from(number[bit / 8]) >> (bit % 8) & values, entries)
        })
    }

    /// `start` and the multiple by a public number, lowest byte first: which entries are read shows the number.
    pub fn add_public(&self, start: Point, number: &[u8; 32]) -> Point {
        self.digits(number)
            .filter(|(digit, _)| *digit != 0)
            .fold(start, |sum, (digit, entries)| sum.plus_entry(&entries[digit - 1]))
    }

    /// The multiple by a secret number: every entry of every digit is read, and nothing branches.
    fn multiply_secret(&self, number: &[u8; 32]) -> Point {
        let mut sum = Point::INFINITY;
        for (digit, entries) in self.digits(number) {
            let mut entry = entries[0];
            for (value, candidate) in entries.iter().enumerate().skip(1) {
                let wanted = (value as u64 + 1).ct_eq(&(digit as u64));
                entry.x.assign_if(&candidate.x, wanted);
                entry.y.assign_if(&candidate.y, wanted);
            }
            let more = sum.plus_entry(&entry);
            let some = (digit as u64).ct_ne(&0);
            sum.x.assign_if(&more.x, some);
            sum.y.assign_if(&more.y, some);
            sum.z.assign_if(&more.z, some);
        }
        sum
    }
}

/// Divides all points by their z with one inversion: of the product of all z. None is infinity.
fn normalised(points: &[Point]) -> Vec<Affine> {
    let mut product = Felt::ONE;
    let mut before = Vec::with_capacity(points.len());
    for point in points {
        before.push(product);
        product = product * point.z;
    }
    let mut inverse = product.inverse();
    let mut entries: Vec<Affine> = points
        .iter()
        .zip(&before)
        .rev()
        .map(|(point, before)| {
            let one = inverse * *before;
            inverse = inverse * point.z;
            Affine { x: point.x * one, y: point.y * one }
        })
        .collect();
    entries.reverse();
    entries
}

/// The generator's multiple by a secret number below 2^252, lowest byte first.
pub fn generator_times(secret: &[u8; 32]) -> Point {
    static MULTIPLES: LazyLock<Table> = LazyLock::new(|| Table::new(4, &[(GENERATOR, 63)]));
    MULTIPLES.multiply_secret(secret)
}
