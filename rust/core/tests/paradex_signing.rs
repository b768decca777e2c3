//! Keys, addresses, digests and signatures byte for byte against the venue's SDK (`testdata/paradex`).

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::events::Side;
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::address::{self, ClassHashes};
use hedgewire_core::venues::paradex::credentials::{Credentials, Served};
use hedgewire_core::venues::paradex::derive::Grinding;
use hedgewire_core::venues::paradex::felt::Felt;
use hedgewire_core::venues::paradex::key::Key;
use hedgewire_core::venues::paradex::poseidon;
use hedgewire_core::venues::paradex::sign::{self, Domain, SignedOrder};
use hedgewire_core::venues::paradex::sign_typed;
use serde_json::{Value, json};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../testdata/paradex/signing.json")).expect("vectors")
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

fn sign(vector: &Value, chain_id: &Value, message: &Value) -> Result<Value, String> {
    let document = json!({
        "primary_type": vector["typed_data"]["primaryType"],
        "chain_id": chain_id,
        "account": vector["signing_account_address"],
        "message": message,
    });
    let answer = sign_typed(&secret(&vector["private_key"]), &document.to_string());
    answer.map(|text| serde_json::from_str(&text).expect("JSON")).map_err(|error| error.to_string())
}

/// Every vector that holds a signed message: environment, its chain id, the vector's name and the vector.
fn messages(document: &Value) -> Vec<(&Value, &str, &Value)> {
    let environments = document["environments"].as_object().expect("environments");
    environments
        .values()
        .flat_map(|environment| {
            let signed =
                environment.as_object().expect("an object").iter().filter(|(_, v)| v["typed_data"].is_object());
            signed.map(|(name, vector)| (&environment["config"]["starknet_chain_id"], name.as_str(), vector))
        })
        .collect()
}

// proves: R000-55, R001-05
#[test]
fn every_message_byte_for_byte() {
    let document = vectors();
    let messages = messages(&document);
    assert_eq!(messages.len(), 9);
    for (chain_id, name, vector) in messages {
        let mut message = vector["typed_data"]["message"].clone();
        if let Some(payload) = vector.get("json_payload") {
            message["payload"] = json!(poseidon::hash_of_text(text(payload)).to_string());
        }
        let signed = sign(vector, chain_id, &message).expect(name);
        let kind = text(&vector["typed_data"]["primaryType"]);
        assert_eq!(signed["type_string"], vector["type_strings"][kind], "{name}");
        assert_eq!(signed["type_hash"], vector["primary_type_hash"], "{name}");
        assert_eq!(signed["domain_hash"], vector["domain_hash"], "{name}");
        assert_eq!(signed["struct_hash"], vector["struct_hash"], "{name}");
        assert_eq!(signed["digest"], vector["message_hash"], "{name}");
        assert_eq!(signed["public_key"], vector["public_key"], "{name}");
        assert_eq!(signed["signature"], vector["signature_sdk_seed32"]["string"], "{name}");
    }
}

/// What the hot path builds, from what a trader gives.
// proves: R000-55
#[test]
fn orders_from_their_fields() {
    let document = vectors();
    let mut seen = 0;
    for (chain_id, name, vector) in messages(&document).into_iter().filter(|(.., v)| v["inputs"].is_object()) {
        let inputs = &vector["inputs"];
        let order = SignedOrder {
            timestamp_ms: inputs["signature_timestamp"].as_u64().expect("milliseconds"),
            market: text(&inputs["market"]),
            side: if inputs["side"] == "BUY" { Side::Buy } else { Side::Sell },
            kind: text(&inputs["type"]),
            size: text(&inputs["size"]).parse().expect("a size"),
            price: text(&inputs["price"]).parse().expect("a price"),
        };
        let struct_hash = match vector["http_json_body"].get("id") {
            Some(id) => order.modify(text(id)),
            None => order.place(),
        };
        let domain = Domain::new(text(chain_id), felt(&vector["signing_account_address"])).expect("a domain");
        let digest = domain.digest(struct_hash.expect("signable"));
        assert_eq!(digest, felt(&vector["message_hash"]), "{name}");
        let signature = Key::parse(&secret(&vector["private_key"])).expect("a key").sign(digest);
        assert_eq!(signature.to_string(), text(&vector["http_json_body"]["signature"]), "{name}");
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn logins_of_an_account_and_of_its_subkey() {
    let document = vectors();
    for environment in document["environments"].as_object().expect("environments").values() {
        for (name, struct_hash) in [
            ("vector_2_auth_headers", sign::auth(1_750_000_000, 1_750_086_400)),
            ("vector_9_subkey_auth", sign::auth(1_750_000_000, 1_750_086_400)),
            ("vector_3_onboarding", sign::onboarding()),
        ] {
            let vector = &environment[name];
            let account = felt(&vector["http"]["headers"]["PARADEX-STARKNET-ACCOUNT"]);
            let domain = Domain::new(text(&environment["config"]["starknet_chain_id"]), account).expect("a domain");
            assert_eq!(account.to_string(), text(&vector["http"]["headers"]["PARADEX-STARKNET-ACCOUNT"]), "{name}");
            let key = Key::parse(&secret(&vector["private_key"])).expect("a key");
            let signature = key.sign(domain.digest(struct_hash)).to_string();
            assert_eq!(signature, text(&vector["signature_sdk_seed32"]["string"]), "{name}");
        }
    }
}

/// The same messages on the venue's main chain, whose digests the reference lists (4.3): another chain id, and an L2 key that is
/// derived for another Ethereum chain from the same L1 key.
#[test]
fn digests_of_the_main_chain_listed_in_the_reference() {
    let document = vectors();
    let testnet = &document["environments"]["testnet"];
    let served = Served { l1_chain_id: 1, hashes: class_hashes(testnet) };
    let credentials = Credentials::l1(&secret(&testnet["l1_private_key"]), Grinding::default()).expect("a key");
    let (_, account) = credentials.resolve(None, &served).expect("an account");
    for (name, digest) in [
        ("vector_2_auth_headers", "0x629afd3fd4f44c9a1679799180b1c085936af04e6bc99558a96419e092fc7b9"),
        ("vector_3_onboarding", "0x3fc3544ba104f1e1b90959764f9f7944007e852680ba4fd7196020bc8171378"),
        ("vector_4_limit_order", "0x2e60f92978d035fb260786fa3612257ff2daf2962c81f57c1a4b289d48c7ff8"),
        ("vector_5_market_order", "0x1c67ccc971001e2cc141c177a87726152514088bcbd56184ac4d28e556d6e52"),
        ("vector_6_modify_order", "0x4a07664b8a62210b4491bc5141befe0d5751ce122927682ff7aa3d27d749930"),
        ("vector_7_stop_limit_order", "0x3be15dd630610a0043d16a1f2bb676d9b41c7a686b3e8d74363ee30b30103e5"),
        ("vector_8_stop_market_order", "0xc417469823ae4b6e88b671546b291f211f9a15684735418c874f207b468665"),
    ] {
        let struct_hash = felt(&testnet[name]["struct_hash"]);
        let domain = Domain::new("PRIVATE_SN_PARACLEAR_MAINNET", account).expect("a domain");
        assert_eq!(domain.digest(struct_hash).to_string(), digest, "{name}");
    }
}

fn class_hashes(environment: &Value) -> ClassHashes {
    let config = &environment["config"];
    ClassHashes {
        account: felt(&config["paraclear_account_hash"]),
        proxy: felt(&config["paraclear_account_proxy_hash"]),
    }
}

#[test]
fn addresses_of_keys_and_of_wallets() {
    let document = vectors();
    for environment in document["environments"].as_object().expect("environments").values() {
        let derivation = &environment["vector_1_l2_key_derivation"];
        let address = address::of_key(felt(&derivation["l2_public_key"]), &class_hashes(environment));
        assert_eq!(address, felt(&derivation["l2_address"]));
        let wallet = &environment["vector_10_evm_address"];
        let bytes = felt(&wallet["eth_address"]).to_be_bytes();
        let address = address::of_wallet(bytes.last_chunk().expect("20 bytes"), felt(&wallet["class_hash"]));
        assert_eq!(address, felt(&wallet["l2_address"]));
    }
}

/// Hashes of the type strings as the reference gives them (3.6), and the names in the addresses (3.5).
#[test]
fn hashes_listed_in_the_reference() {
    let listed = [
        ("Constant", "0xe84bbcb68e0f7c73a9058ba82b6da9c1ffdc502efcf034e78b0c003c22ecc9"),
        ("Request", "0x186cdef6b179923c411c13c11b8a825f12bf34203bdda0a984da9d6f2313c2"),
        ("Order", "0xa56d5225b97b257c15ae2cb1cc0ea605381a886cd75463db45fd2ef9fbc255"),
        ("ModifyOrder", "0x201789bb587c17b251fd38daf43b14807010ea721c2929a8c2fc33bf15c2e2c"),
        ("Request", "0x33b1a85d28dc34b97f566b47dbaceddd0769af0ffce3d90f41e12389850af79"),
    ];
    for (name, hash) in listed {
        let known = sign::MESSAGE_TYPES.iter().any(|kind| kind.name == name && kind.type_hash().to_string() == hash);
        assert!(known, "{name} {hash}");
    }
    let constants = &vectors()["constants"];
    assert_eq!(sign::starknet_keccak("initialize"), felt(&constants["selector_initialize"]));
    let mainnet = Domain::new("PRIVATE_SN_PARACLEAR_MAINNET", Felt::ZERO).expect("a domain").hash();
    assert_eq!(mainnet.to_string(), "0x6f74f207280b65cf663fb8d7763fac1e7398cd6d7da5d7681dc300ee4278a0a");
}

/// The SDK cuts what lies below 10^-8 off for the hash and sends it in the body: a signature that fails. It is refused here.
#[test]
fn sizes_and_prices_are_whole_quantums() {
    for case in vectors()["quantum_rounding"].as_array().expect("cases") {
        let value: Price = text(&case["decimal"]).parse().expect("a decimal");
        let quantums = sign::quantums("price", value.x18());
        if text(&case["decimal"]) == "0.000000019" {
            assert!(quantums.expect_err("too fine").to_string().contains("0.000000019"));
        } else {
            assert_eq!(quantums.expect("fits").to_decimal(), text(&case["chain_units"]));
        }
    }
    assert_eq!(sign::quantums("size", 0).expect("none"), Felt::ZERO);
    assert!(sign::quantums("size", -10_000_000_000).expect_err("negative").to_string().contains("-0.00000001"));
}

#[test]
fn an_order_that_cannot_be_signed_is_refused() {
    let good = SignedOrder {
        timestamp_ms: 1,
        market: "ETH-USD-PERP",
        side: Side::Buy,
        kind: "LIMIT",
        size: BaseQty::from_x18(1_000_000_000_000_000_000),
        price: Price::from_x18(0),
    };
    assert!(good.place().is_ok() && good.modify("1750000000000201709277900000").is_ok());
    let refused = |order: SignedOrder<'_>| order.place().expect_err("refused").to_string();
    for market in ["", "12345", "ÉTH-USD-PERP", "ETH-USD-PERP-ETH-USD-PERP-ETH-USD"] {
        assert!(refused(SignedOrder { market, ..good }).contains("market"), "{market}");
    }
    assert!(refused(SignedOrder { size: BaseQty::from_x18(-1), ..good }).contains("size"));
    assert!(refused(SignedOrder { price: Price::from_x18(1), ..good }).contains("price"));
    for id in ["", "+1", "x1", "0x1"] {
        assert!(good.modify(id).expect_err("refused").to_string().contains("ORDER_ID_MALFORMED"), "{id}");
    }
}

#[test]
fn a_message_that_does_not_fit_its_type_is_refused() {
    let document = vectors();
    let environment = &document["environments"]["testnet"];
    let (chain_id, order) = (&environment["config"]["starknet_chain_id"], &environment["vector_4_limit_order"]);
    let refused = |chain_id: &Value, change: &dyn Fn(&mut Value)| {
        let mut message = order["typed_data"]["message"].clone();
        change(&mut message);
        sign(order, chain_id, &message).expect_err("refused")
    };
    assert!(refused(chain_id, &|m| m["extra"] = json!(1)).contains("extra"));
    assert!(refused(chain_id, &|m| m["price"] = json!("1.5e3é")).contains("Order.price"));
    assert!(refused(chain_id, &|m| m["price"] = json!(1.5)).contains("Order.price"));
    assert!(refused(chain_id, &|m| m["price"] = json!(-1)).contains("Order.price"));
    assert!(refused(chain_id, &|m| m["market"] = json!("M".repeat(32))).contains("Order.market"));
    assert!(refused(chain_id, &|m| m["size"] = json!("9".repeat(77))).contains("Order.size"));
    assert!(refused(chain_id, &|m| drop(m.as_object_mut().expect("fields").remove("side"))).contains("known are"));
    assert!(refused(&json!("P".repeat(32)), &|_| ()).contains("chain id"));
    assert!(refused(&json!(5), &|_| ()).contains("chain_id"));
}
