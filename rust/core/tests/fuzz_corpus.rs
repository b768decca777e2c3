//! What fuzzing has found interesting, and all documented payloads, through the functions that are fuzzed.

#[path = "../../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_file()).collect()
}

#[test]
fn the_corpus_of_every_target_is_read_without_a_broken_promise() {
    for (venue, targets) in [("nado", targets::TARGETS), ("paradex", targets::paradex::TARGETS)] {
        let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata").join(venue);
        let documented = files(&testdata);
        for (name, target) in targets {
            let corpus = files(&testdata.join("corpus").join(name));
            assert!(corpus.len() >= 5, "{name}: {} files", corpus.len());
            for path in corpus.iter().chain(&documented) {
                let bytes = fs::read(path).expect("a file");
                let held = std::panic::catch_unwind(|| target(&bytes));
                assert!(held.is_ok(), "{name} with {}", path.display());
            }
        }
    }
}
