//! SBE messages as the venue's schema lays them out (Paradex reference 5.6), written field by field.
#![allow(dead_code)]

pub const NULL: i64 = i64::MIN;

pub struct Message {
    template: u16,
    version: u16,
    block: Vec<u8>,
    tail: Vec<u8>,
}

impl Message {
    pub fn new(template: u16, version: u16, block_bytes: usize) -> Self {
        Self { template, version, block: vec![0; block_bytes], tail: Vec::new() }
    }

    pub fn i64(mut self, at: usize, value: i64) -> Self {
        self.block[at..at + 8].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn i16(mut self, at: usize, value: i16) -> Self {
        self.block[at..at + 2].copy_from_slice(&value.to_le_bytes());
        self
    }

    pub fn u8(mut self, at: usize, value: u8) -> Self {
        self.block[at] = value;
        self
    }

    /// Entries of `entry_bytes`, of which the first sixteen are price and size.
    pub fn group(mut self, entry_bytes: u16, levels: &[(i64, i64)]) -> Self {
        self.tail.extend(entry_bytes.to_le_bytes());
        self.tail.extend((levels.len() as u16).to_le_bytes());
        for (price, size) in levels {
            self.tail.extend(price.to_le_bytes());
            self.tail.extend(size.to_le_bytes());
            self.tail.extend(vec![0xab; usize::from(entry_bytes) - 16]);
        }
        self
    }

    pub fn text(mut self, text: &str) -> Self {
        self.tail.push(text.len() as u8);
        self.tail.extend(text.as_bytes());
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let header = [self.block.len() as u16, self.template, 1, self.version];
        let mut bytes: Vec<u8> = header.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.extend(&self.block);
        bytes.extend(&self.tail);
        bytes
    }
}

/// A number of eight decimals.
pub fn e8(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<8}").parse().expect("a number")
}

pub const TIME_US: i64 = 1_718_267_837_265_123;
pub const TIME_NS: u64 = 1_718_267_837_265_123_000;
pub const SEQ: i64 = 14_127_815;

fn stamped(template: u16, version: u16, block_bytes: usize) -> Message {
    Message::new(template, version, block_bytes).i64(0, TIME_US).i64(8, SEQ)
}

pub fn trade(version: u16) -> Message {
    let message = stamped(1, version, 50)
        .i64(16, -7)
        .u8(24, 2)
        .i64(25, e8("67629.7"))
        .i64(33, e8("0.992"))
        .i64(41, TIME_US)
        .u8(49, 1)
        .text("BTC-USD-PERP");
    if version < 2 { message } else { message.text("1718179273230201709233240002") }
}

pub fn bbo(bid: (i64, i64)) -> Message {
    stamped(2, 2, 48).i64(16, bid.0).i64(24, bid.1).i64(32, e8("67630.1")).i64(40, e8("3.137")).text("BTC-USD-PERP")
}

pub fn book(package: u8, bids: &[(i64, i64)], asks: &[(i64, i64)]) -> Message {
    stamped(3, 2, 89).u8(16, package).group(16, bids).group(16, asks).text("BTC-USD-PERP")
}

pub fn market_summary(block_bytes: usize, version: u16) -> Message {
    stamped(4, version, block_bytes)
        .i64(16, e8("67630.05123"))
        .i64(24, e8("67620.5"))
        .i64(48, e8("812.345"))
        .text("BTC-USD-PERP")
}

pub fn funding_data() -> Message {
    stamped(5, 1, 66).i64(16, e8("-0.00014969")).i64(32, TIME_US).i16(56, 8).text("BTC-USD-PERP")
}

/// A limit order that sells.
pub fn order(status: u8, remaining: &str, reason: &str, seq: i64) -> Message {
    Message::new(20, 2, 128)
        .i64(0, TIME_US)
        .i64(8, seq)
        .u8(16, status)
        .u8(17, 2)
        .u8(18, 1)
        .u8(19, 1)
        .i64(20, e8("70784.5"))
        .i64(28, NULL)
        .i64(36, e8("10.153"))
        .i64(44, e8(remaining))
        .i64(52, NULL)
        .i64(60, TIME_US)
        .i64(68, TIME_US)
        .text("1718941725080201704028870000")
        .text("hw-42")
        .text("BTC-USD-PERP")
        .text(reason)
        .text("")
        .text("")
}

pub fn fill(liquidity: u8, version: u16) -> Message {
    let block_bytes = if version < 2 { 107 } else { 116 };
    let message = stamped(21, version, block_bytes)
        .u8(16, 1)
        .u8(17, 1)
        .u8(18, liquidity)
        .i64(19, e8("64852.9"))
        .i64(27, e8("0.01"))
        .i64(35, e8("0.1945587"))
        .i64(51, TIME_US)
        .text("1718947571560201703986670001")
        .text("1718941725080201704028870000")
        .text("")
        .text("1718947571560201703986670001")
        .text("BTC-USD-PERP");
    if version < 2 { message } else { message.text("DIME") }
}

pub fn position(side: u8, status: u8) -> Message {
    stamped(22, 2, 154)
        .u8(16, side)
        .i64(17, e8("0.01"))
        .i64(73, TIME_US)
        .i64(113, e8("64852.9"))
        .u8(153, status)
        .text("BTC-USD-PERP")
        .text("1718947571560201703986670001")
}

pub fn account() -> Message {
    stamped(23, 2, 121)
        .i64(24, e8("73276.47229774"))
        .i64(48, e8("136285.06918911"))
        .i64(64, TIME_US)
        .u8(112, 1)
        .text("USDC")
}

pub fn heartbeat() -> Message {
    stamped(40, 2, 16)
}

/// One of every template.
pub fn all() -> Vec<Message> {
    let level = (e8("67629.7"), e8("0.992"));
    let mut all =
        vec![trade(1), trade(2), bbo(level), bbo((NULL, NULL)), book(0, &[level], &[]), book(1, &[], &[level])];
    all.extend([market_summary(216, 0), market_summary(240, 1), market_summary(248, 3), funding_data()]);
    all.extend([order(1, "10.153", "", 1), order(4, "0", "", 2), fill(1, 1), fill(2, 2), position(1, 1), account()]);
    all.push(heartbeat());
    all
}
