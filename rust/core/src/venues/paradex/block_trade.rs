//! Block trades: the one thing that is signed as typed data of revision 1, hashed with Poseidon (Paradex reference 2.12).

use std::sync::LazyLock;

use super::felt::Felt;
use super::poseidon;
use super::sign::{quantums, side, starknet_keccak, text};
use crate::decimal::{BaseQty, Price};
use crate::error::CommandError;
use crate::events::Side;

const DOMAIN: &str = r#""StarknetDomain"("name":"shortstring","version":"shortstring","chainId":"shortstring","revision":"shortstring")"#;
const BLOCK: &str = r#""BlockTrade"("version":"shortstring","nonce":"felt","expiration":"felt","trades":"merkletree")"#;
const OFFER: &str = r#""BlockTradeOffer"("version":"shortstring","nonce":"felt","expiration":"felt","block_trade_id":"felt","trades":"merkletree")"#;
const TRADE: &str = r#""Trade"("market":"shortstring","price":"felt","size":"felt","maker_order":"BlockTradeOrder","taker_order":"BlockTradeOrder","min_size":"felt","max_size":"felt","min_price":"felt","max_price":"felt","oracle_tolerance":"felt")"#;
const ORDER: &str =
    r#""BlockTradeOrder"("account":"felt","side":"shortstring","type":"shortstring","size":"felt","price":"felt")"#;

static BLOCK_HASH: LazyLock<Felt> = LazyLock::new(|| starknet_keccak(BLOCK));
static OFFER_HASH: LazyLock<Felt> = LazyLock::new(|| starknet_keccak(OFFER));
/// A type that has another inside is followed by that type.
static TRADE_HASH: LazyLock<Felt> = LazyLock::new(|| starknet_keccak(&format!("{TRADE}{ORDER}")));
static ORDER_HASH: LazyLock<Felt> = LazyLock::new(|| starknet_keccak(ORDER));

/// Of the layout of what is signed.
const VERSION: u64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockOrder<'a> {
    pub account: Felt,
    pub side: Side,
    pub kind: &'a str,
    pub size: BaseQty,
    pub price: Price,
}

/// One market of a block: a fill with its orders, an offer with the offerer's order alone, or bounds for offers to come. What
/// does not apply is zero, and signed as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trade<'a> {
    pub market: &'a str,
    pub price: Price,
    pub size: BaseQty,
    pub maker: Option<BlockOrder<'a>>,
    pub taker: Option<BlockOrder<'a>>,
    pub min_size: BaseQty,
    pub max_size: BaseQty,
    pub min_price: Price,
    pub max_price: Price,
    /// A fraction.
    pub oracle_tolerance_x18: i128,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    pub nonce: u128,
    pub expiration_ms: u64,
    /// The block that this is an offer for.
    pub parent: Option<u128>,
    pub trades: Vec<Trade<'a>>,
}

/// What an account on a chain signs for a block.
///
/// # Errors
/// A block of no trades, or whose text or numbers cannot be signed.
pub fn digest(chain_id: &str, account: Felt, block: &Block<'_>) -> Result<Felt, CommandError> {
    let domain = [starknet_keccak(DOMAIN), Felt::word("Paradex"), Felt::ONE, text("chain id", chain_id)?, Felt::ONE];
    let message = [Felt::word("StarkNet Message"), poseidon::hash_of(&domain), account, block.struct_hash()?];
    Ok(poseidon::hash_of(&message))
}

impl Block<'_> {
    fn struct_hash(&self) -> Result<Felt, CommandError> {
        let mut trades: Vec<&Trade<'_>> = self.trades.iter().collect();
        trades.sort_by_key(|trade| trade.market);
        let leaves = trades.into_iter().map(Trade::struct_hash).collect::<Result<Vec<Felt>, CommandError>>()?;
        let root = merkle_root(leaves)
            .ok_or_else(|| CommandError { code: "BLOCK_EMPTY", detail: "a block without trades".to_owned() })?;
        let begin = |kind: Felt| [kind, VERSION.into(), self.nonce.into(), self.expiration_ms.into()];
        Ok(match self.parent {
            None => poseidon::hash_of(&[begin(*BLOCK_HASH).as_slice(), &[root]].concat()),
            Some(parent) => poseidon::hash_of(&[begin(*OFFER_HASH).as_slice(), &[parent.into(), root]].concat()),
        })
    }
}

impl Trade<'_> {
    fn struct_hash(&self) -> Result<Felt, CommandError> {
        Ok(poseidon::hash_of(&[
            *TRADE_HASH,
            text("market", self.market)?,
            quantums("price", self.price.x18())?,
            quantums("size", self.size.x18())?,
            order_hash(self.maker.as_ref())?,
            order_hash(self.taker.as_ref())?,
            quantums("min_size", self.min_size.x18())?,
            quantums("max_size", self.max_size.x18())?,
            quantums("min_price", self.min_price.x18())?,
            quantums("max_price", self.max_price.x18())?,
            quantums("oracle_tolerance", self.oracle_tolerance_x18)?,
        ]))
    }
}

fn order_hash(order: Option<&BlockOrder<'_>>) -> Result<Felt, CommandError> {
    let Some(order) = order else {
        return Ok(poseidon::hash_of(&[*ORDER_HASH, Felt::ZERO, Felt::ZERO, Felt::ZERO, Felt::ZERO, Felt::ZERO]));
    };
    Ok(poseidon::hash_of(&[
        *ORDER_HASH,
        order.account,
        side(order.side),
        text("type", order.kind)?,
        quantums("size", order.size.x18())?,
        quantums("price", order.price.x18())?,
    ]))
}

/// Pairs are hashed with the smaller first; a last one without a partner pairs with 0. `None` for no leaves.
fn merkle_root(mut nodes: Vec<Felt>) -> Option<Felt> {
    while nodes.len() > 1 {
        let parent = |pair: &[Felt]| {
            let (first, second) = (pair[0], pair.get(1).copied().unwrap_or(Felt::ZERO));
            let sorted = first.to_be_bytes() <= second.to_be_bytes();
            if sorted { poseidon::pair(first, second) } else { poseidon::pair(second, first) }
        };
        nodes = nodes.chunks(2).map(parent).collect();
    }
    nodes.first().copied()
}
