//! Numbers modulo p = 2^251 + 17 * 2^192 + 1, which everything signed is made of (Paradex reference 3.6).
//!
//! For public values only: they print. Arithmetic takes the same time for every value, reading and writing does not.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{Choice, CtAssign, U256, const_monty_params};

const_monty_params!(Modulus, U256, "0800000000000011000000000000000000000000000000000000000000000001");

/// The library's form of the same number; it is general and half as fast, so only what is rare is left to it.
type General = ConstMontyForm<Modulus, 4>;

const HIGH: u64 = 0x0800_0000_0000_0011;
const MODULUS: [u64; 4] = [1, 0, 0, HIGH];

/// Always below p; kept as x * 2^256 mod p (Montgomery), lowest word first.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Felt([u64; 4]);

impl Felt {
    pub const ZERO: Self = Self([0; 4]);
    pub const ONE: Self = Self::new(&U256::ONE);

    /// The remainder of any 256-bit number.
    const fn new(value: &U256) -> Self {
        Self(General::new(value).as_montgomery().to_words())
    }

    /// A constant by its 64 hex digits.
    pub const fn constant(digits: &str) -> Self {
        Self::new(&U256::from_be_hex(digits))
    }

    /// `None` at p and above.
    pub fn from_be_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let value = U256::from_be_slice(bytes);
        (value < *General::MODULUS.as_ref()).then(|| Self::new(&value))
    }

    /// The remainder of any 256-bit number.
    pub fn from_be_bytes_reduced(bytes: &[u8; 32]) -> Self {
        Self::new(&U256::from_be_slice(bytes))
    }

    /// `0x` and at most 64 hex digits, in either case, as the venue and its SDK write them: without leading zeros or with
    /// (Paradex reference 3.3). `None` at p and above.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
        if digits.is_empty() || digits.len() > 64 {
            return None;
        }
        Self::from_be_bytes(&crate::venues::hex::decode(&format!("{digits:0>64}"))?)
    }

    /// Digits alone. `None` at p and above.
    pub fn from_decimal(text: &str) -> Option<Self> {
        let value = U256::from_str_radix_vartime(text, 10).ok()?;
        Self::from_be_bytes(&value.to_be_bytes().into()).filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Text of at most 31 ASCII characters, read as a number, first character highest (reference 3.6). `None` for other text.
    pub fn short_string(text: &str) -> Option<Self> {
        (text.len() <= 31 && text.is_ascii()).then(|| Self::word(text))
    }

    /// A constant text that is a short string.
    pub const fn word(text: &str) -> Self {
        let (text, mut bytes) = (text.as_bytes(), [0; 32]);
        assert!(text.len() <= 31 && text.is_ascii());
        let (_, end) = bytes.split_at_mut(32 - text.len());
        end.copy_from_slice(text);
        Self::new(&U256::from_be_slice(&bytes))
    }

    pub fn to_be_bytes(self) -> [u8; 32] {
        self.integer().to_be_bytes().into()
    }

    pub fn to_le_bytes(self) -> [u8; 32] {
        self.integer().to_le_bytes().into()
    }

    pub fn to_decimal(self) -> String {
        self.integer().to_string_radix_vartime(10)
    }

    /// 0 where there is none: of 0. In the same time for every value.
    pub fn inverse(self) -> Self {
        let inverse = self.general().invert().into_option();
        inverse.map_or(Self::ZERO, |inverse| Self(inverse.as_montgomery().to_words()))
    }

    /// `self` becomes `other` where `choice` is true, in the same time where it is not.
    pub fn assign_if(&mut self, other: &Self, choice: Choice) {
        self.0.ct_assign(&other.0, choice);
    }

    fn general(self) -> General {
        General::from_montgomery(U256::from_words(self.0))
    }

    fn integer(self) -> U256 {
        self.general().retrieve()
    }
}

impl From<u128> for Felt {
    fn from(value: u128) -> Self {
        Self::new(&U256::from_u128(value))
    }
}

impl From<u64> for Felt {
    fn from(value: u64) -> Self {
        Self::new(&U256::from_u64(value))
    }
}

/// `0x` and the digits without leading zeros, lower case: as the venue's SDK writes accounts and keys.
impl fmt::Display for Felt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = crate::venues::hex::encode(&self.to_be_bytes());
        let digits = text["0x".len()..].trim_start_matches('0');
        write!(f, "0x{}", if digits.is_empty() { "0" } else { digits })
    }
}

impl fmt::Debug for Felt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Add for Felt {
    type Output = Self;

    /// Two numbers below 2^252 do not fill 256 bits: no carry leaves the highest word.
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        let (r0, carry) = a[0].carrying_add(b[0], false);
        let (r1, carry) = a[1].carrying_add(b[1], carry);
        let (r2, carry) = a[2].carrying_add(b[2], carry);
        let (r3, _) = a[3].carrying_add(b[3], carry);
        Self(difference([r0, r1, r2, r3], MODULUS))
    }
}

impl Sub for Felt {
    type Output = Self;

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        Self(difference(self.0, other.0))
    }
}

impl Neg for Felt {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Mul for Felt {
    type Output = Self;

    /// Montgomery's multiplication, a word of `other` at a time. As p ends in a word 1, the multiple of p that clears the
    /// lowest word is that word's negative, and as two words of p are 0 only one product is needed to add it.
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        let (a, mut t) = (self.0, [0u64; 4]);
        for word in other.0 {
            let (t0, carry) = a[0].carrying_mul_add(word, t[0], 0);
            let (t1, carry) = a[1].carrying_mul_add(word, t[1], carry);
            let (t2, carry) = a[2].carrying_mul_add(word, t[2], carry);
            let (t3, t4) = a[3].carrying_mul_add(word, t[3], carry);
            let (r0, carry) = t1.carrying_add(0, t0 != 0);
            let (r1, carry) = t2.carrying_add(0, carry);
            let (r2, high) = HIGH.carrying_mul_add(t0.wrapping_neg(), t3, carry.into());
            t = [r0, r1, r2, t4 + high];
        }
        Self(difference(t, MODULUS))
    }
}

/// a - b, and p more where that is negative: below p where a - b is.
#[inline(always)]
fn difference(a: [u64; 4], b: [u64; 4]) -> [u64; 4] {
    let (r0, borrow) = a[0].borrowing_sub(b[0], false);
    let (r1, borrow) = a[1].borrowing_sub(b[1], borrow);
    let (r2, borrow) = a[2].borrowing_sub(b[2], borrow);
    let (r3, borrow) = a[3].borrowing_sub(b[3], borrow);
    let negative = u64::from(borrow);
    let (r0, carry) = r0.carrying_add(negative, false);
    let (r1, carry) = r1.carrying_add(0, carry);
    let (r2, carry) = r2.carrying_add(0, carry);
    let (r3, _) = r3.carrying_add(HIGH & negative.wrapping_neg(), carry);
    [r0, r1, r2, r3]
}
