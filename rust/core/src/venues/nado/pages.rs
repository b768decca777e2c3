//! Pages: of the archive, each asked for by where the one before it ended (Nado reference 7.1), and of the products that
//! one question may name.
//!
//! The archive lists newest first and its bound is inclusive (a submission, a second, a trade), so that rows which share it are never lost between two
//! pages; the last row of a page then comes once more, and the reader drops what it has.

use super::limits::{self, MAX_PAGE, MAX_PRODUCTS};
use crate::error::CommandError;
use crate::instruments::Instrument;
use crate::venues::{Cursor, MAX_ROWS};

/// Where a page begins: all that Nado counts by are numbers.
pub fn start(page: Option<&Cursor>) -> Option<u64> {
    page.and_then(|page| page.from.parse().ok())
}

/// How many rows the next page is to hold.
pub fn rows(limit: u32, page: Option<&Cursor>) -> u32 {
    page.map_or(limit, |page| page.rows).clamp(1, MAX_PAGE)
}

pub fn check_limit(limit: u32) -> Result<(), CommandError> {
    if limit > MAX_ROWS {
        return Err(CommandError {
            code: "QUERY_LIMIT_TOO_LARGE",
            detail: format!("{limit} rows; at most {MAX_ROWS}"),
        });
    }
    Ok(())
}

/// Where the page after this one begins. `oldest`: where this one ended. An error: the pages do not get older.
pub fn next(limit: u32, page: Option<&Cursor>, got: usize, oldest: Option<u64>) -> Result<Option<Cursor>, String> {
    let got = u32::try_from(got).unwrap_or(u32::MAX);
    let left = page.map_or(limit, |page| page.rows).saturating_sub(got);
    let Some(oldest) = oldest.filter(|_| left > 0 && got >= rows(limit, page)) else { return Ok(None) };
    match start(page) {
        Some(from) if oldest >= from => Err(format!("the pages do not advance beyond {oldest}")),
        _ => Ok(Some(Cursor { from: oldest.to_string(), rows: left + 1 })),
    }
}

/// The products that this page's question names, and where the page after it begins. By ids, so that a product which is
/// listed meanwhile moves nothing.
pub fn products<'a>(all: &'a [Instrument], page: Option<&Cursor>) -> (&'a [Instrument], Option<Cursor>) {
    let start = start(page).map_or(0, |from| all.partition_point(|instrument| u64::from(instrument.id.0) < from));
    let (chunk, rest) = all[start..].split_at((all.len() - start).min(MAX_PRODUCTS));
    let next = rest.first().map(|first| Cursor { from: first.id.0.to_string(), rows: limits::clamp(rest.len()) });
    (chunk, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_until_the_limit_is_read() {
        assert_eq!(next(500, None, 500, Some(9)), Ok(None));
        assert_eq!(next(700, None, 499, Some(9)), Ok(None));
        let second = next(700, None, 500, Some(9)).expect("a page");
        assert_eq!(second, Some(Cursor { from: "9".into(), rows: 201 }));
        assert_eq!(rows(700, second.as_ref()), 201);
        assert_eq!(next(700, second.as_ref(), 201, Some(3)), Ok(None));
        assert_eq!(next(700, None, 0, None), Ok(None));
    }

    #[test]
    fn a_page_that_ends_where_it_began_is_an_error() {
        let second = Cursor { from: "9".into(), rows: 600 };
        assert!(next(1_100, Some(&second), 500, Some(9)).is_err());
        assert!(next(1_100, Some(&second), 500, Some(8)).is_ok());
    }
}
