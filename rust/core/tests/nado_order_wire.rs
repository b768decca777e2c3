//! Any order: what is sent is what was asked for, and what is signed is what is sent.

mod nado_support;

use hedgewire_core::decimal::{BaseQty, Price};
use hedgewire_core::events::{ClientId, OrderKind, Side, VenueOrderId};
use hedgewire_core::secret::Secret;
use hedgewire_core::venues::nado::appendix::{Appendix, AppendixValue, Trigger};
use hedgewire_core::venues::{self, Command, NewOrder, Venue};
use hedgewire_core::waiting::{Dependency, PriceTrigger, TriggerSource};
use nado_support::{ETH, KEY, NOW, answers, boot, config, secret, venue};
use proptest::prelude::*;
use serde_json::{Value, json};

const TICK_X18: i128 = 100_000_000_000_000_000;
const LOT_X18: i128 = 1_000_000_000_000_000;
const X18_PER_X6: i128 = 1_000_000_000_000;

fn number<T: std::str::FromStr>(value: &Value) -> T {
    value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{value} is no number in a text"))
}

fn trigger() -> impl Strategy<Value = PriceTrigger> {
    let source = prop_oneof![Just(TriggerSource::Last), Just(TriggerSource::Mid), Just(TriggerSource::Oracle)];
    let after = prop::option::of((any::<[u8; 32]>(), any::<bool>()));
    (source, any::<bool>(), 1i128..10i128.pow(30), after).prop_map(|(source, above, price, after)| PriceTrigger {
        source,
        above,
        price: Price::from_x18(price),
        after: after.map(|(digest, on_partial_fill)| {
            let digits: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            Dependency { venue_order_id: VenueOrderId(format!("0x{digits}")), on_partial_fill }
        }),
    })
}

/// An order, and its isolated margin at 6 decimals.
fn order() -> impl Strategy<Value = (NewOrder, Option<i128>)> {
    let kind = prop_oneof![
        Just(OrderKind::Limit),
        Just(OrderKind::ImmediateOrCancel),
        Just(OrderKind::FillOrKill),
        Just(OrderKind::PostOnly)
    ];
    let terms = (kind, any::<bool>(), any::<bool>(), 1i128..10i128.pow(8), 1_000i128..10i128.pow(7));
    let expires = prop::option::of(NOW / 1_000_000_000 + 1..4_294_967_295);
    let margin = prop::option::of(1i128..10i128.pow(13));
    (0u64..1 << 62, terms, expires, margin, prop::option::of(trigger())).prop_filter_map(
        "under the minimum notional, or a pair of flags that the venue does not take",
        |(client_id, (kind, buys, reduce_only, lots, ticks), expires_s, margin_x6, trigger)| {
            let margin_x6 = margin_x6.filter(|_| trigger.is_none());
            let takes = matches!(kind, OrderKind::ImmediateOrCancel | OrderKind::FillOrKill);
            let order = NewOrder {
                client_id: ClientId(client_id),
                instrument: ETH,
                side: if buys { Side::Buy } else { Side::Sell },
                kind,
                quantity: BaseQty::from_x18(lots * LOT_X18),
                price: Price::from_x18(ticks * TICK_X18),
                reduce_only: reduce_only && (takes || trigger.is_some()),
                expires_s,
                params: margin_x6.map(|margin| {
                    json!({"isolated_margin": BaseQty::from_x18(margin * X18_PER_X6).to_string()}).to_string()
                }),
                market: false,
                trigger,
            };
            (lots * ticks >= 1_000_000).then_some((order, margin_x6))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 200, ..ProptestConfig::default() })]

    // proves: R003-013 R003-041
    #[test]
    fn what_is_sent_is_what_was_asked_for_and_what_is_signed_is_what_is_sent((order, margin_x6) in order()) {
        let encoded = venue().encode(&Command::Submit(order.clone()), NOW).expect("encoded");
        let body: Value = serde_json::from_str(&encoded.request.body).expect("JSON");
        let (place, sent) = (&body["place_order"], &body["place_order"]["order"]);
        prop_assert_eq!(&place["id"], &json!(order.client_id.0));
        let sign = if order.side == Side::Buy { 1 } else { -1 };
        prop_assert_eq!(number::<i128>(&sent["amount"]), sign * order.quantity.x18());
        prop_assert_eq!(number::<i128>(&sent["priceX18"]), order.price.x18());
        prop_assert_eq!(number::<u64>(&sent["expiration"]), order.expires_s.unwrap_or(4_294_967_295));
        let appendix = Appendix::unpack(number(&sent["appendix"])).expect("version 1");
        prop_assert_eq!((appendix.kind, appendix.reduce_only), (order.kind, order.reduce_only));
        prop_assert_eq!(appendix.trigger == Trigger::Price, order.trigger.is_some());
        let margin = margin_x6.map_or(AppendixValue::None, |margin| {
            AppendixValue::IsolatedMarginX6(u64::try_from(margin).expect("small"))
        });
        prop_assert_eq!(appendix.value, margin);
        prop_assert_eq!(place.get("trigger").is_some(), order.trigger.is_some());
        let text = json!({
            "primary_type": "Order", "chain_id": 57073,
            "verifying_contract": "0x0000000000000000000000000000000000000004", "message": sent,
        });
        let signed = venues::sign_typed("nado", "{}", Secret::new(KEY.to_owned()), &text.to_string()).expect("signed");
        let signed: Value = serde_json::from_str(&signed).expect("JSON");
        prop_assert_eq!(&place["signature"], &signed["signature"]);
        let id = VenueOrderId(signed["digest"].as_str().expect("a digest").to_owned());
        prop_assert_eq!(encoded.orders, vec![(order.client_id, id)]);
    }
}

#[test]
fn the_name_of_the_subaccount_is_in_every_message() {
    for (name, tail) in [
        ("", "0".repeat(24)),
        ("default", "64656661756c740000000000".to_owned()),
        ("twelve bytes", { "twelve bytes".bytes().map(|byte| format!("{byte:02x}")).collect() }),
    ] {
        let mut config = config();
        config["subaccount_name"] = json!(name);
        let mut venue = boot(&config, Some(secret()), &answers()).expect("a venue");
        let encoded = venue.encode(&Command::Submit(nado_support::order(1)), NOW).expect("encoded");
        let body: Value = serde_json::from_str(&encoded.request.body).expect("JSON");
        let sender = body["place_order"]["order"]["sender"].as_str().expect("a text");
        assert_eq!((sender.len(), &sender[42..]), (66, tail.as_str()), "{name}");
    }
}
