//! ECDSA on the STARK curve, as Starkware defines it (Paradex reference 3.7). Nothing here branches or indexes on a secret.

use std::fmt;

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U256, const_monty_params};
use rfc6979::KGenerator;
use sha2::Sha256;
use zeroize::Zeroizing;

use super::curve::generator_times;
use super::felt::Felt;

const_monty_params!(Order, U256, "0800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2f");

/// A number modulo the curve's order.
type Scalar = ConstMontyForm<Order, 4>;

/// How many multiples of the generator there are; secrets are 1 to one less.
pub const ORDER: U256 = *Scalar::MODULUS.as_ref();

/// What the venue's SDK adds to the nonce's seed; another or none would be as valid (reference 3.7).
const EXTRA: &[u8] = &[32];

/// Any 256-bit number's remainder by the order.
pub fn reduced(number: &U256) -> U256 {
    Scalar::new(number).retrieve()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature {
    pub r: Felt,
    pub s: Felt,
}

/// As headers and bodies carry it: a JSON array of two decimal numbers as text, without spaces (reference 3.7).
impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, r#"["{}","{}"]"#, self.r.to_decimal(), self.s.to_decimal())
    }
}

/// The coordinate of the secret's point that is the public key.
pub fn public_key(secret: &U256) -> Felt {
    generator_times(&Zeroizing::new(secret.to_le_bytes().into())).x()
}

/// The nonce comes from secret and hash (RFC 6979): the same for the same, and never the same for others. `secret` is in
/// the order's range.
///
/// The contract takes hashes, r and s below 2^251 only. A nonce that gives an r or s above is passed over; a hash above
/// is one in 2^55, and the venue's to refuse.
pub fn sign(secret: &U256, hash: Felt) -> Signature {
    let order = ORDER;
    let secret_bytes: Zeroizing<[u8; 32]> = Zeroizing::new(secret.to_be_bytes().into());
    let integer = U256::from_be_slice(&hash.to_be_bytes());
    // RFC 6979 takes the highest 252 of the 256 bits; Starkware means all bits of a hash that has no more than 252.
    let message: [u8; 32] = integer.shl_vartime(4).to_be_bytes().into();
    let mut nonces = KGenerator::<Sha256, U256>::new(&*secret_bytes, &message, EXTRA, &order);
    let secret = Zeroizing::new(Scalar::new(secret));
    loop {
        let mut nonce = Zeroizing::new([0; 32]);
        nonces.fill_next_k(&mut *nonce);
        let scalar = Zeroizing::new(Scalar::new(&U256::from_be_slice(&*nonce)));
        nonce.reverse();
        let r = generator_times(&nonce).x();
        let product = Zeroizing::new(Scalar::new(&U256::from_be_slice(&r.to_be_bytes())) * *secret);
        let sum = Zeroizing::new(*product + Scalar::new(&integer));
        let Some(inverse) = scalar.invert().into_option().map(Zeroizing::new) else { continue };
        let s = Felt::from_be_bytes_reduced(&(*sum * *inverse).retrieve().to_be_bytes().into());
        if is_small(r) && is_small(s) {
            return Signature { r, s };
        }
    }
}

fn is_small(value: Felt) -> bool {
    value != Felt::ZERO && value.to_be_bytes()[0] < 8
}
