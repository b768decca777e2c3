//! The order's `appendix`: a 128-bit field of flags (Nado reference 3.6).

use crate::events::OrderKind;

const VERSION: u128 = 1;
const ISOLATED: u32 = 8;
const KIND: u32 = 9;
const REDUCE_ONLY: u32 = 11;
const TRIGGER: u32 = 12;
const BUILDER_RATE: u32 = 38;
const BUILDER_ID: u32 = 48;
const VALUE: u32 = 64;
const X18_PER_X6: i128 = 1_000_000_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    None,
    Price,
    Twap,
    TwapCustomAmounts,
}

/// What bits 64 to 127 hold: isolated margin and TWAP share them, so that they exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendixValue {
    None,
    /// Margin in quote currency at 6 decimals.
    IsolatedMarginX6(u64),
    /// `slippage_x6`: a fraction at 6 decimals.
    Twap {
        times: u32,
        slippage_x6: u32,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Appendix {
    pub kind: OrderKind,
    pub reduce_only: bool,
    pub trigger: Trigger,
    pub builder_id: u16,
    /// Unit 0.1 basis points, at most 1023; must be zero without a builder.
    pub builder_rate: u16,
    pub value: AppendixValue,
}

impl Appendix {
    pub fn of(kind: OrderKind, reduce_only: bool) -> Self {
        Self { kind, reduce_only, trigger: Trigger::None, builder_id: 0, builder_rate: 0, value: AppendixValue::None }
    }

    /// `None`: a builder rate that does not fit its 10 bits or stands without a builder.
    pub fn pack(&self) -> Option<u128> {
        if self.builder_rate >= 1 << 10 || (self.builder_id == 0 && self.builder_rate != 0) {
            return None;
        }
        let (isolated, value) = match self.value {
            AppendixValue::None => (0, 0),
            AppendixValue::IsolatedMarginX6(margin) => (1, u128::from(margin)),
            AppendixValue::Twap { times, slippage_x6 } => (0, (u128::from(times) << 32) | u128::from(slippage_x6)),
        };
        Some(
            VERSION
                | (isolated << ISOLATED)
                | (u128::from(kind_bits(self.kind)) << KIND)
                | (u128::from(self.reduce_only) << REDUCE_ONLY)
                | ((self.trigger as u128) << TRIGGER)
                | (u128::from(self.builder_rate) << BUILDER_RATE)
                | (u128::from(self.builder_id) << BUILDER_ID)
                | (value << VALUE),
        )
    }

    /// `None`: another version, or reserved bits in use.
    pub fn unpack(bits: u128) -> Option<Self> {
        let field = |shift: u32, width: u32| (bits >> shift) & ((1 << width) - 1);
        if field(0, 8) != VERSION || field(14, 24) != 0 {
            return None;
        }
        let trigger =
            [Trigger::None, Trigger::Price, Trigger::Twap, Trigger::TwapCustomAmounts][field(TRIGGER, 2) as usize];
        let value = match trigger {
            _ if field(ISOLATED, 1) == 1 => AppendixValue::IsolatedMarginX6(field(VALUE, 64) as u64),
            Trigger::Twap | Trigger::TwapCustomAmounts => {
                AppendixValue::Twap { times: field(VALUE + 32, 32) as u32, slippage_x6: field(VALUE, 32) as u32 }
            }
            _ => AppendixValue::None,
        };
        Some(Self {
            kind: [OrderKind::Limit, OrderKind::ImmediateOrCancel, OrderKind::FillOrKill, OrderKind::PostOnly]
                [field(KIND, 2) as usize],
            reduce_only: field(REDUCE_ONLY, 1) == 1,
            trigger,
            builder_id: field(BUILDER_ID, 16) as u16,
            builder_rate: field(BUILDER_RATE, 10) as u16,
            value,
        })
    }
}

fn kind_bits(kind: OrderKind) -> u8 {
    match kind {
        OrderKind::Limit => 0,
        OrderKind::ImmediateOrCancel => 1,
        OrderKind::FillOrKill => 2,
        OrderKind::PostOnly => 3,
    }
}

/// An 18-decimal margin at 6 decimals; `None` where it is negative, finer than that or too large.
pub fn margin_x6(margin_x18: i128) -> Option<u64> {
    if margin_x18 % X18_PER_X6 != 0 {
        return None;
    }
    u64::try_from(margin_x18 / X18_PER_X6).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    // proves: R003-041
    #[test]
    fn documented_values() {
        use OrderKind::{FillOrKill, ImmediateOrCancel, Limit, PostOnly};
        let plain = Appendix::of;
        let isolated = |kind, reduce_only, margin| Appendix {
            value: AppendixValue::IsolatedMarginX6(margin),
            ..plain(kind, reduce_only)
        };
        let priced = |kind, reduce_only| Appendix { trigger: Trigger::Price, ..plain(kind, reduce_only) };
        let twap = AppendixValue::Twap { times: 10, slippage_x6: 5_000 };
        let cases = [
            (plain(Limit, false), 1),
            (isolated(Limit, false, 0), 257),
            (plain(ImmediateOrCancel, false), 513),
            (isolated(ImmediateOrCancel, false, 0), 769),
            (plain(FillOrKill, false), 1025),
            (plain(PostOnly, false), 1537),
            (plain(Limit, true), 2049),
            (plain(ImmediateOrCancel, true), 2561),
            (isolated(ImmediateOrCancel, true, 0), 2817),
            (plain(FillOrKill, true), 3073),
            (priced(Limit, false), 4097),
            (priced(ImmediateOrCancel, false), 4609),
            (priced(Limit, true), 6145),
            (priced(ImmediateOrCancel, true), 6657),
            (isolated(Limit, false, 150_000_000), 2_767_011_611_056_432_742_400_000_257),
            (
                Appendix { trigger: Trigger::Twap, value: twap, ..plain(ImmediateOrCancel, false) },
                792_281_717_376_363_744_483_197_592_065,
            ),
            (Appendix { builder_id: 2, builder_rate: 50, ..plain(Limit, false) }, 576_693_848_768_513),
        ];
        for (appendix, bits) in cases {
            assert_eq!(appendix.pack(), Some(bits), "{appendix:?}");
            assert_eq!(Appendix::unpack(bits), Some(appendix));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Appendix { builder_rate: 1, ..Appendix::of(OrderKind::Limit, false) }.pack(), None);
        assert_eq!(
            Appendix { builder_id: 1, builder_rate: 1024, ..Appendix::of(OrderKind::Limit, false) }.pack(),
            None
        );
        assert_eq!(Appendix::unpack(2), None);
        assert_eq!(Appendix::unpack(1 | (1 << 20)), None);
        assert_eq!(margin_x6(150_000_000_000_000_000_000), Some(150_000_000));
        assert_eq!(margin_x6(1), None);
        assert_eq!(margin_x6(-1_000_000_000_000), None);
    }
}
