//! Keys that are derived, and what is said when the wrong one of them was given.

use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::address::ClassHashes;
use hedgewire_core::venues::paradex::credentials::{Credentials, Served};
use hedgewire_core::venues::paradex::derive::{self, Grinding};
use hedgewire_core::venues::paradex::felt::Felt;
use hedgewire_core::venues::paradex::key::Key;
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(include_str!("../../../testdata/paradex/key_derivation.json")).expect("vectors")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not text: {value}"))
}

fn felt(value: &Value) -> Felt {
    Felt::from_hex(text(value)).unwrap_or_else(|| panic!("not a felt: {value}"))
}

fn secret(value: &Value) -> Secret {
    Secret::new(text(value).to_owned())
}

fn key(value: &Value) -> Key {
    Key::parse(&secret(value)).expect("a key")
}

/// Class hashes of testnet (reference 1.2).
fn served(vector: &Value) -> Served {
    let hash = |text: &str| Felt::from_hex(text).expect("a class hash");
    Served {
        l1_chain_id: vector["l1_chain_id"].as_u64().expect("a chain id"),
        hashes: ClassHashes {
            account: hash("0x41cb0280ebadaa75f996d8d92c6f265f6d040bb3ba442e5f86a554f1765244e"),
            proxy: hash("0x3530cc4759d78042f1b543bf797f5f3d647cde0388c33734cf91b7f7b9314a9"),
        },
    }
}

fn resolved(credentials: Credentials, account: Option<Felt>, vector: &Value) -> Result<(Felt, Felt), String> {
    let resolved = credentials.resolve(account, &served(vector));
    resolved.map(|(key, account)| (key.public_key(), account)).map_err(|error| error.to_string())
}

fn l1(vector: &Value, grinding: Grinding) -> Credentials {
    Credentials::l1(&secret(&vector["l1_private_key"]), grinding).expect("an L1 key")
}

/// With leading zero bytes and without, with one hash, two and three.
#[test]
fn both_ways_of_grinding() {
    for case in document()["grinds"].as_array().expect("cases") {
        let seed = felt_bytes(text(&case["seed"]));
        for (grinding, name) in [(Grinding::Shortest, "shortest"), (Grinding::Fixed, "fixed")] {
            assert_eq!(Grinding::parse(name), Some(grinding));
            let ground = derive::grind(&seed, grinding).public_key();
            assert_eq!(ground, key(&case[name]).public_key(), "{name} {}", case["seed"]);
        }
    }
    assert_eq!(Grinding::parse("other"), None);
}

fn felt_bytes(digits: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 + 2 * index..4 + 2 * index], 16).expect("hexadecimal");
    }
    bytes
}

#[test]
fn an_ethereum_key_gives_key_and_address() {
    let document = document();
    for vector in document["keys"].as_array().expect("keys") {
        let address = felt(&vector["l2_address"]);
        let expected = (felt(&vector["l2_public_key"]), address);
        for account in [None, Some(address)] {
            assert_eq!(resolved(l1(vector, Grinding::default()), account, vector), Ok(expected));
            let main = Credentials::main(&secret(&vector["l2_private_key"])).expect("a key");
            assert_eq!(resolved(main, account, vector), Ok(expected));
        }
        let (fixed, _) = resolved(l1(vector, Grinding::Fixed), None, vector).expect("a key");
        assert_eq!(fixed, key(&vector["fixed_l2_private_key"]).public_key());
    }
}

/// The last of the keys is one of those in 256 that the two rules derive differently.
#[test]
fn the_other_rule_of_derivation_is_named() {
    let document = document();
    let vector = document["keys"].as_array().expect("keys").last().expect("a key");
    assert_ne!(vector["l2_private_key"], vector["fixed_l2_private_key"]);
    let account = Some(felt(&vector["l2_address"]));
    let error = resolved(l1(vector, Grinding::Fixed), account, vector).expect_err("another address");
    assert!(error.contains("set key_derivation to \"shortest\""), "{error}");
    assert!(error.contains(text(&vector["l2_address"])), "{error}");
}

/// An L1 key below the curve's order reads as an L2 key too; which it is, the address tells.
#[test]
fn the_wrong_kind_of_key_is_named() {
    let document = document();
    let vector = &document["keys"][1];
    let account = Some(felt(&vector["l2_address"]));
    assert!(text(&vector["l1_private_key"]).starts_with("0x02"), "below the order of either curve");
    let as_l2 = Credentials::main(&secret(&vector["l1_private_key"])).expect("in range");
    let error = resolved(as_l2, account, vector).expect_err("an L1 key");
    assert!(error.contains("L1 (Ethereum) key of that account where its L2 key is wanted"), "{error}");
    let padded = Secret::new(format!("0x{:0>64}", &text(&vector["l2_private_key"])[2..]));
    let as_l1 = Credentials::l1(&padded, Grinding::default()).expect("in range");
    let error = resolved(as_l1, account, vector).expect_err("an L2 key");
    assert!(error.contains("L2 key of that account where its L1 (Ethereum) key is wanted"), "{error}");
}

#[test]
fn keys_out_of_the_other_kind_s_range_are_refused_at_once() {
    let document = document();
    let l1_key = &document["keys"][2]["l1_private_key"];
    let error = Credentials::main(&secret(l1_key)).expect_err("an L1 key").to_string();
    assert!(error.contains("most likely the L1 (Ethereum) key"), "{error}");
    let error = Credentials::l1(&Secret::new("0x1a2b3c4d5e6f".into()), Grinding::Fixed).expect_err("short").to_string();
    assert!(error.contains("one of 63 or fewer is an L2 (Paradex) key"), "{error}");
}

#[test]
fn an_account_that_does_not_follow_and_a_subkey() {
    let document = document();
    let (vector, other) = (&document["keys"][0], &document["keys"][1]);
    let account = felt(&other["l2_address"]);
    let main = Credentials::main(&secret(&vector["l2_private_key"])).expect("a key");
    let error = resolved(main, Some(account), vector).expect_err("another account's");
    assert!(error.contains("does not follow from the key") && error.contains("subkey as such"), "{error}");
    assert!(!error.contains(&text(&vector["l2_private_key"])[2..10]), "{error}");
    let subkey = || Credentials::subkey(&secret(&vector["l2_private_key"])).expect("a key");
    assert_eq!(resolved(subkey(), Some(account), vector), Ok((felt(&vector["l2_public_key"]), account)));
    let error = resolved(subkey(), None, vector).expect_err("whose?");
    assert!(error.contains("configure that account's address"), "{error}");
    assert!(!format!("{:?}", subkey()).contains(&text(&vector["l2_private_key"])[2..10]));
}
