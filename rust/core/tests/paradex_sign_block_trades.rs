//! Digests of block trades and offers against the venue's SDK (`testdata/paradex/block_trades.json`).

use hedgewire_core::events::Side;
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::paradex::block_trade::{Block, BlockOrder, Trade, digest};
use hedgewire_core::venues::paradex::felt::Felt;
use hedgewire_core::venues::paradex::key::Key;
use hedgewire_core::venues::paradex::poseidon;
use serde_json::Value;

fn document() -> Value {
    serde_json::from_str(include_str!("../../../testdata/paradex/block_trades.json")).expect("vectors")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not text: {value}"))
}

fn felt(value: &Value) -> Felt {
    Felt::from_hex(text(value)).unwrap_or_else(|| panic!("not a felt: {value}"))
}

/// What the SDK leaves empty is zero.
fn number<T: std::str::FromStr>(value: &Value) -> T {
    let text = value.as_str().filter(|text| !text.is_empty()).unwrap_or("0");
    text.parse().unwrap_or_else(|_| panic!("not a number: {value}"))
}

fn order(value: &Value) -> Option<BlockOrder<'_>> {
    let account = value["account"].as_str().filter(|account| !account.is_empty())?;
    Some(BlockOrder {
        account: Felt::from_hex(account).expect("an address"),
        side: if value["side"] == "BUY" { Side::Buy } else { Side::Sell },
        kind: text(&value["type"]),
        size: number(&value["size"]),
        price: number(&value["price"]),
    })
}

fn trade(value: &Value) -> Trade<'_> {
    Trade {
        market: text(&value["market"]),
        price: number(&value["price"]),
        size: number(&value["size"]),
        maker: order(&value["maker_order"]),
        taker: order(&value["taker_order"]),
        min_size: number(&value["min_size"]),
        max_size: number(&value["max_size"]),
        min_price: number(&value["min_price"]),
        max_price: number(&value["max_price"]),
        oracle_tolerance_x18: hedgewire_core::decimal::parse_x18(value["oracle_tolerance"].as_str().unwrap_or("0"))
            .expect("a fraction"),
    }
}

fn block(value: &Value) -> Block<'_> {
    Block {
        nonce: number(&value["nonce"]),
        expiration_ms: value["expiration_ms"].as_u64().expect("milliseconds"),
        parent: value.get("block_trade_id").map(number),
        trades: value["trades"].as_array().expect("trades").iter().map(trade).collect(),
    }
}

#[test]
fn every_block_byte_for_byte() {
    let document = document();
    let (chain_id, account) = (text(&document["starknet_chain_id"]), felt(&document["account"]));
    let key = Key::parse(&Secret::new(text(&document["private_key"]).to_owned())).expect("a key");
    let cases = document["cases"].as_object().expect("cases");
    assert_eq!(cases.len(), 5);
    for (name, case) in cases {
        let digest = digest(chain_id, account, &block(&case["block"])).expect(name);
        assert_eq!(digest, felt(&case["message_hash"]), "{name}");
        assert_eq!(key.sign(digest).to_string(), text(&case["signature"]), "{name}");
    }
}

#[test]
fn a_block_that_cannot_be_signed_is_refused() {
    let document = document();
    let mut block = block(&document["cases"]["direct_one_trade"]["block"]);
    block.trades[0].market = "";
    assert!(digest("SN", Felt::ONE, &block).expect_err("refused").to_string().contains("market"));
    block.trades.clear();
    assert!(digest("SN", Felt::ONE, &block).expect_err("refused").to_string().contains("without trades"));
}

#[test]
fn poseidon_of_two_and_of_lists_of_every_parity() {
    let document = document();
    let poseidon = &document["poseidon"];
    assert_eq!(poseidon::pair(felt(&poseidon["two"][0]), felt(&poseidon["two"][1])), felt(&poseidon["two"][2]));
    for (count, hash) in poseidon["many"].as_object().expect("hashes") {
        let elements: Vec<Felt> = (1..=count.parse::<u64>().expect("a count")).map(Felt::from).collect();
        assert_eq!(poseidon::hash_of(&elements), felt(hash), "{count}");
    }
}
