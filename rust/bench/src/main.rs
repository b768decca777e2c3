//! `hedgewire-bench CASE SIZE [ARGUMENT]` measures one thing in a fresh process and prints one JSON object. `make bench`
//! runs the cases interleaved with their peers; see `bench/` for the table of figures.

mod book;
mod contention;
mod decode;
mod http;
mod nado;
mod paradex;
mod parse;
mod sign;
mod stopwatch;

use std::process::ExitCode;

const USAGE: &str = "hedgewire-bench {decode-hedgewire|decode-serde|decode-sonic|book|book-growth|sign|sign-paradex|decode-paradex-json|decode-paradex-sbe|parse-nado|parse-paradex|http|\
contention-owner|contention-mutex|contention-rwlock|contention-dashmap} SIZE [ARGUMENT]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((case, size)) = arguments.first().zip(arguments.get(1).and_then(|size| size.parse::<usize>().ok())) else {
        eprintln!("error: a case and a size are needed\nhint: {USAGE}");
        return ExitCode::from(2);
    };
    let extra = arguments.get(2).map_or("", String::as_str);
    let result = match case.as_str() {
        "decode-hedgewire" => decode::hedgewire(size),
        "decode-serde" => decode::serde(size),
        "decode-sonic" => decode::sonic(size),
        "book" => book::apply(size, 1),
        "book-growth" => book::apply(size, extra.parse().unwrap_or(1)),
        "sign" => sign::orders(size),
        "sign-paradex" => sign::paradex_orders(size),
        "decode-paradex-json" => paradex::json_frames(size),
        "decode-paradex-sbe" => paradex::sbe_frames(size),
        "parse-nado" => nado::venue(true).and_then(|mut venue| parse::documented(size, "nado", &mut venue)),
        "parse-paradex" => paradex::venue().and_then(|mut venue| parse::documented(size, "paradex", &mut venue)),
        "http" => http::gets(size, extra),
        other => match other.strip_prefix("contention-") {
            Some(design) => contention::run(design, size, extra.parse().unwrap_or(1)),
            None => Err(format!("unknown case {other}\nhint: {USAGE}")),
        },
    };
    match result {
        Ok(values) => {
            println!("{values}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
