//! What is written by hand for speed, against the common crate for the same curve: hashes, keys and signatures.

use crypto_bigint::U256;
use hedgewire_core::venues::paradex::ecdsa::{self, Signature};
use hedgewire_core::venues::paradex::felt::Felt;
use hedgewire_core::venues::paradex::pedersen::{hash_of, pedersen};
use hedgewire_core::venues::paradex::sign::subkey_registration;
use proptest::prelude::*;
use starknet_crypto as stock;

fn theirs(felt: Felt) -> stock::Felt {
    stock::Felt::from_bytes_be(&felt.to_be_bytes())
}

fn ours(felt: stock::Felt) -> Felt {
    Felt::from_be_bytes(&felt.to_bytes_be()).expect("below p")
}

fn their_hash_of(elements: &[Felt]) -> stock::Felt {
    let hash = elements.iter().fold(stock::Felt::ZERO, |hash, element| stock::pedersen_hash(&hash, &theirs(*element)));
    stock::pedersen_hash(&hash, &stock::Felt::from(elements.len()))
}

fn their_signature(secret: Felt, hash: Felt) -> Signature {
    let (secret, hash) = (theirs(secret), theirs(hash));
    let nonce = stock::rfc6979_generate_k(&hash, &secret, Some(&stock::Felt::from(32u64)));
    let signature = stock::sign(&secret, &hash, &nonce).expect("signed");
    Signature { r: ours(signature.r), s: ours(signature.s) }
}

fn number(felt: Felt) -> U256 {
    U256::from_be_slice(&felt.to_be_bytes())
}

/// Numbers that are the same in every run (a linear congruence).
struct Numbers(u64);

impl Numbers {
    fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 ^ (self.0 >> 29)
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.word() >> 16) % limit
    }

    fn felt(&mut self) -> Felt {
        let mut bytes = [0; 32];
        bytes.as_chunks_mut::<8>().0.iter_mut().for_each(|chunk| *chunk = self.word().to_be_bytes());
        bytes[0] &= 7;
        Felt::from_be_bytes(&bytes).expect("below 2^251")
    }
}

/// As many as `PARADEX_SIGN_ORDERS` says, which is how the soak asks for 100,000.
fn orders() -> usize {
    std::env::var("PARADEX_SIGN_ORDERS").map_or(1_000, |count| count.parse().expect("a number of orders"))
}

// proves: R000-55
#[test]
fn random_orders_are_hashed_and_signed_alike() {
    let mut numbers = Numbers(20_261_121);
    let text = |text: &str| Felt::short_string(text).expect("short");
    let markets = ["BTC-USD-PERP", "ETH-USD-PERP", "1000PEPE-USD-PERP", "ETH-USD", "BTC-USD-27NOV26-100000-C"];
    let kinds = ["LIMIT", "MARKET", "STOP_LIMIT", "TAKE_PROFIT_MARKET"];
    for number_of_order in 0..orders() {
        let (secret, account) = (numbers.felt(), numbers.felt());
        let order = [
            numbers.felt(),
            (1_750_000_000_000 + numbers.below(1_000_000_000_000)).into(),
            text(markets[numbers.below(5) as usize]),
            (1 + numbers.below(2)).into(),
            text(kinds[numbers.below(4) as usize]),
            numbers.below(1 << 50).into(),
            numbers.below(1 << 60).into(),
        ];
        let struct_hash = hash_of(&order);
        assert_eq!(theirs(struct_hash), their_hash_of(&order), "order {number_of_order}: {order:?}");
        let message = [text("StarkNet Message"), order[0], account, struct_hash];
        let hash = hash_of(&message);
        assert_eq!(theirs(hash), their_hash_of(&message), "order {number_of_order}");
        let signature = ecdsa::sign(&number(secret), hash);
        assert_eq!(signature, their_signature(secret, hash), "order {number_of_order}: {hash}");
        if number_of_order % 100 == 0 {
            let public = ecdsa::public_key(&number(secret));
            assert_eq!(theirs(public), stock::get_public_key(&theirs(secret)));
            let (r, s) = (theirs(signature.r), theirs(signature.s));
            assert!(stock::verify(&theirs(public), &theirs(hash), &r, &s).expect("well formed"));
            assert!(!stock::verify(&theirs(public), &theirs(hash), &s, &r).expect("well formed"));
        }
    }
}

/// The one message that is a bare list (reference 2.8), of which there is no vector.
#[test]
fn a_subkey_is_registered_under_a_bare_list() {
    let mut numbers = Numbers(11);
    let (account, public_key) = (numbers.felt(), numbers.felt());
    let list = [account, public_key, 1_750_000_000u64.into(), 1_750_086_400u64.into()];
    let digest = subkey_registration(account, public_key, 1_750_000_000, 1_750_086_400);
    assert_eq!(theirs(digest), their_hash_of(&list));
}

/// The ends of the range, where a window table or a carry would be wrong first.
#[test]
fn the_ends_of_the_range_are_hashed_and_signed_alike() {
    let order = Felt::from_be_bytes(&ecdsa::ORDER.to_be_bytes().into()).expect("below p");
    let mut ends = vec![Felt::ZERO, Felt::ONE, Felt::ZERO - Felt::ONE, order, order - Felt::ONE, order + Felt::ONE];
    for bit in [7, 8, 63, 64, 127, 128, 192, 247, 248, 250, 251] {
        let mut bytes = [0; 32];
        bytes[31 - bit / 8] = 1 << (bit % 8);
        let power = Felt::from_be_bytes(&bytes).expect("below p");
        ends.extend([power, power - Felt::ONE]);
    }
    for first in &ends {
        for second in &ends {
            let expected = stock::pedersen_hash(&theirs(*first), &theirs(*second));
            assert_eq!(theirs(pedersen(*first, *second)), expected, "{first} {second}");
        }
        if *first != Felt::ZERO && number(*first) < ecdsa::ORDER {
            let secret = number(*first);
            assert_eq!(theirs(ecdsa::public_key(&secret)), stock::get_public_key(&theirs(*first)), "{first}");
            let hash = pedersen(*first, Felt::ONE);
            assert_eq!(ecdsa::sign(&secret, hash), their_signature(*first, hash), "{first}");
        }
    }
}

/// The nonce is a function of key and message, and of both: equal for equal, different for different (r is the nonce's point).
// proves: R000-55, R001-05
#[test]
fn nonces_differ_with_the_message_and_with_the_key() {
    let mut numbers = Numbers(7);
    let (one, other) = (number(numbers.felt()), number(numbers.felt()));
    let hashes: Vec<Felt> = (0..50).map(|_| numbers.felt()).collect();
    let mut seen = std::collections::HashSet::new();
    for hash in &hashes {
        assert_eq!(ecdsa::sign(&one, *hash), ecdsa::sign(&one, *hash));
        assert!(seen.insert(ecdsa::sign(&one, *hash).r), "the key's nonce came twice");
        assert!(seen.insert(ecdsa::sign(&other, *hash).r), "two keys share a nonce");
    }
    let trivial = stock::get_public_key(&stock::Felt::ONE);
    assert!(!seen.contains(&ours(trivial)), "a nonce of 1 shows the key");
}

fn any_felt() -> impl Strategy<Value = Felt> {
    prop_oneof![
        4 => any::<[u8; 32]>().prop_map(|bytes| Felt::from_be_bytes_reduced(&bytes)),
        1 => any::<u64>().prop_map(Felt::from),
        1 => any::<u64>().prop_map(|below| Felt::ZERO - Felt::from(below)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arithmetic_is_the_other_crates(a in any_felt(), b in any_felt()) {
        prop_assert_eq!(theirs(a + b), theirs(a) + theirs(b));
        prop_assert_eq!(theirs(a - b), theirs(a) - theirs(b));
        prop_assert_eq!(theirs(a * b), theirs(a) * theirs(b));
        prop_assert_eq!(-a + a, Felt::ZERO);
        prop_assert_eq!(a.inverse() * a, if a == Felt::ZERO { Felt::ZERO } else { Felt::ONE });
    }

    #[test]
    fn text_forms_are_the_other_crates_and_come_back(a in any_felt()) {
        prop_assert_eq!(a.to_string(), format!("{:#x}", theirs(a)));
        prop_assert_eq!(a.to_decimal(), theirs(a).to_string());
        prop_assert_eq!(Felt::from_hex(&a.to_string()), Some(a));
        prop_assert_eq!(Felt::from_be_bytes(&a.to_be_bytes()), Some(a));
    }
    #[test]
    fn any_256_bits_leave_the_other_crates_remainder(bytes in any::<[u8; 32]>()) {
        let theirs = stock::Felt::from_bytes_be(&bytes);
        prop_assert_eq!(Felt::from_be_bytes_reduced(&bytes), ours(theirs));
        let below = theirs.to_bytes_be() == bytes;
        prop_assert_eq!(Felt::from_be_bytes(&bytes).is_some(), below);
        prop_assert_eq!(Felt::from_decimal(&U256::from_be_slice(&bytes).to_string_radix_vartime(10)).is_some(), below);
    }

    #[test]
    fn short_strings_are_their_characters(text in "[ -~]{0,31}", beyond in "[ -~]{32,40}") {
        let felt = Felt::short_string(&text).expect("short");
        prop_assert_eq!(felt.to_be_bytes()[32 - text.len()..].to_vec(), text.as_bytes());
        prop_assert!(felt.to_be_bytes()[..32 - text.len()].iter().all(|byte| *byte == 0));
        prop_assert_eq!(Felt::short_string(&beyond), None);
    }
}

#[test]
fn what_is_no_felt_is_refused() {
    let p = "0x800000000000011000000000000000000000000000000000000000000000001";
    assert_eq!(Felt::from_hex(p), None);
    assert_eq!(Felt::from_hex(&format!("{}0", &p[..p.len() - 1])), Some(Felt::ZERO - Felt::ONE));
    for text in ["", "0x", "1", "0x+1", "0xg", "0x-1", &format!("0x{}", "0".repeat(65))] {
        assert_eq!(Felt::from_hex(text), None, "{text}");
    }
    for text in ["", "+1", "-1", "1_0", "0x1", "1.0", &"9".repeat(90)] {
        assert_eq!(Felt::from_decimal(text), None, "{text}");
    }
    assert_eq!(Felt::short_string("Ünicode"), None);
}
