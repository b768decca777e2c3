//! Signatures byte for byte against the vectors of an independent signer.

use hedgewire_core::secret::Secret;
use hedgewire_core::venues;
use serde_json::{Value, json};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../testdata/nado/signing.json")).expect("vectors")
}

fn sign(key: &str, message: &Value) -> Result<Value, String> {
    let answer = venues::sign_typed("nado", "{}", Secret::new(key.to_owned()), &message.to_string());
    answer.map(|text| serde_json::from_str(&text).expect("JSON")).map_err(|error| error.to_string())
}

fn message_of(vector: &Value) -> Value {
    let typed = &vector["typed_data"];
    json!({
        "primary_type": typed["primaryType"],
        "chain_id": typed["domain"]["chainId"],
        "verifying_contract": typed["domain"]["verifyingContract"],
        "message": typed["message"],
    })
}

#[test]
fn every_vector_byte_for_byte() {
    let document = vectors();
    let list = document["vectors"].as_array().expect("a list");
    assert_eq!(list.len(), 9);
    for vector in list {
        let name = vector["name"].as_str().expect("a name");
        let signed = sign(vector["private_key"].as_str().expect("a key"), &message_of(vector)).expect(name);
        for part in ["type_string", "type_hash", "domain_separator", "struct_hash", "digest", "signature"] {
            assert_eq!(signed[part], vector[part], "{name}: {part}");
        }
        let signer = vector["signer"].as_str().expect("a signer").to_ascii_lowercase();
        assert_eq!(signed["signer"], signer.as_str(), "{name}");
    }
}

// proves: R003-1.1.1
#[test]
fn both_addresses() {
    let document = vectors();
    for (key, address) in [("private_key", "address"), ("linked_private_key", "linked_address")] {
        let secret = Secret::new(document[key].as_str().expect("a key").to_owned());
        let expected = document[address].as_str().expect("an address").to_ascii_lowercase();
        assert_eq!(venues::address_of(secret).expect("an address"), expected);
    }
}

/// Every type's string as the reference gives it (3.2): a wrong field would change the hash silently.
#[test]
fn type_strings() {
    let strings: Vec<String> = venues::nado::sign::MESSAGE_TYPES.iter().map(|kind| kind.type_string()).collect();
    for expected in [
        "CancellationProducts(bytes32 sender,uint32[] productIds,uint64 nonce)",
        "LinkSigner(bytes32 sender,bytes32 signer,uint64 nonce)",
        "ListTriggerOrders(bytes32 sender,uint64 recvTime)",
        "WithdrawCollateralV2(bytes32 sender,uint32 productId,uint128 amount,uint64 nonce,address sendTo,uint128 appendix)",
        "LiquidateSubaccount(bytes32 sender,bytes32 liquidatee,uint32 productId,bool isEncodedSpread,int128 amount,uint64 nonce)",
        "MintNlp(bytes32 sender,uint128 quoteAmount,uint64 nonce)",
        "BurnNlp(bytes32 sender,uint128 nlpAmount,uint64 nonce)",
        "DependencyUpdate(bytes32 sender,bytes32 oldDigest,bytes32 newDigest,uint64 nonce)",
    ] {
        assert!(strings.iter().any(|string| string == expected), "{expected}");
    }
}

/// Digests that the reference's section 8 lists and the vector file does not hold.
#[test]
fn digests_listed_in_the_reference() {
    let document = vectors();
    let key = document["private_key"].as_str().expect("a key");
    let sender = &document["sender_bytes32"];
    let endpoint = &document["endpoint_addr"];
    let nonce = |n: u64| ((1_760_000_090_000u64 << 20) + n).to_string();
    let products = json!({"primary_type": "CancellationProducts", "chain_id": 57073, "verifying_contract": endpoint,
        "message": {"sender": sender, "productIds": [2, 4, 8], "nonce": nonce(8)}});
    let digest = sign(key, &products).expect("signed")["digest"].clone();
    assert_eq!(digest, "0x2b378aee974e5021139065c439f1e75d522c58ae7c471144ac05da8b95cd7c3c");
    let isolated = json!({"primary_type": "Order", "chain_id": "57073",
        "verifying_contract": "0x0000000000000000000000000000000000000002",
        "message": {"sender": sender, "priceX18": "60000000000000000000000", "amount": "50000000000000000",
            "expiration": 4_294_967_295u64, "nonce": nonce(3), "appendix": "2767011611056432742400000257"}});
    let signed = sign(key, &isolated).expect("signed");
    assert_eq!(signed["digest"], "0x869a824a88f35a188ff3030d422e173cf97621476aa6acdf035e0db012ae1c9e");
    let link = json!({"primary_type": "LinkSigner", "chain_id": 57073, "verifying_contract": endpoint,
        "message": {"sender": sender, "signer": "0x1563915e194d8cfba1943570603f7606a3115508000000000000000000000000",
            "nonce": "5"}});
    assert_eq!(
        sign(key, &link).expect("signed")["digest"],
        "0x3bbcfa8ebbd42268acdf93f9927724e005fc97e21f02e8f3fd47d916020fedce"
    );
}

#[test]
fn a_message_that_does_not_fit_its_type_is_refused() {
    let document = vectors();
    let key = document["private_key"].as_str().expect("a key");
    let good = message_of(&document["vectors"][0]);
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut message = good.clone();
        change(&mut message);
        sign(key, &message).expect_err("refused")
    };
    assert!(broken(&|m| m["primary_type"] = json!("Oder")).contains("one of: Order"));
    assert!(broken(&|m| m["message"]["nonce"] = json!("18446744073709551616")).contains("uint64"));
    assert!(broken(&|m| m["message"]["amount"] = json!("1.5")).contains("int128"));
    assert!(broken(&|m| m["message"]["appendix"] = json!("-1")).contains("uint128"));
    assert!(broken(&|m| m["message"]["sender"] = json!("0x00")).contains("bytes32"));
    assert!(broken(&|m| m["message"]["extra"] = json!(1)).contains("extra"));
    assert!(broken(&|m| m["verifying_contract"] = json!("0x12")).contains("address"));
    assert!(broken(&|m| m["chain_id"] = json!(null)).contains("chain_id"));
}

#[test]
fn no_error_holds_the_key() {
    let key = "77".repeat(31);
    let error = sign(&key, &json!({})).expect_err("too short");
    assert!(!error.contains("7777"), "{error}");
}

// proves: R003-041
#[test]
fn appendix_and_nonce_sections_of_the_file() {
    use hedgewire_core::events::OrderKind::{ImmediateOrCancel, Limit, PostOnly};
    use venues::nado::appendix::{Appendix, AppendixValue, Trigger};
    let document = vectors();
    let plain = Appendix::of;
    let cases = [
        ("post_only", plain(PostOnly, false)),
        ("ioc", plain(ImmediateOrCancel, false)),
        ("isolated_150", Appendix { value: AppendixValue::IsolatedMarginX6(150_000_000), ..plain(Limit, false) }),
        ("ioc_reduce_only", plain(ImmediateOrCancel, true)),
        (
            "twap_10_0.5pct",
            Appendix {
                trigger: Trigger::Twap,
                value: AppendixValue::Twap { times: 10, slippage_x6: 5_000 },
                ..plain(ImmediateOrCancel, false)
            },
        ),
        ("builder_2_50", Appendix { builder_id: 2, builder_rate: 50, ..plain(Limit, false) }),
    ];
    assert_eq!(document["appendix"].as_object().expect("an object").len(), cases.len());
    for (name, appendix) in cases {
        assert_eq!(document["appendix"][name], appendix.pack().expect("fits").to_string(), "{name}");
    }
    let recv_time_ms = document["nonces"]["recv_time_ms"].as_u64().expect("a time");
    let nonce = venues::nado::nonce::NonceSource::new(10_000, 1).next((recv_time_ms - 10_000) * 1_000_000);
    assert_eq!(document["nonces"]["example_rnd_1"], nonce.value.to_string());
}
