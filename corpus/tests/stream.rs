//! The stream of pairs depends on the seed and nothing else.

use ppl_corpus::Grammar;
use ppl_corpus::pair::design::DesignOptions;
use ppl_corpus::pair::{Fault, Pair, PairOptions};
use ppl_corpus::store::Record;
use ppl_corpus::stream::{Ordered, Stream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

#[test]
fn the_same_pairs_whatever_the_number_of_workers() {
    let grammar = Arc::new(Grammar::shipped("bounded").unwrap());
    let options =
        PairOptions { design: DesignOptions { rows: 5..=30, ..DesignOptions::default() }, ..PairOptions::default() };
    let digests = |from: u64, workers: usize, count: usize| -> Vec<Result<u64, String>> {
        let stream = Stream::new(Arc::clone(&grammar), options.clone(), 3).workers(workers).from(from);
        let digest = |(number, made): (u64, Result<Pair, Fault>)| {
            let pair = made.map_err(|fault| fault.to_string())?;
            assert_eq!(pair.number, number);
            Record::of_pair(&grammar, &pair).map(|record| record.digest())
        };
        (from..).zip(stream).take(count).map(digest).collect()
    };
    let expected = digests(0, 1, 40);
    assert!(expected.iter().filter(|made| made.is_ok()).count() > 30);
    assert_eq!(digests(0, 2, 40), expected);
    assert_eq!(digests(0, 3, 40), expected);
    // from the position of a checkpoint
    let mut stream = Stream::new(Arc::clone(&grammar), options.clone(), 3).workers(2);
    stream.by_ref().take(25).for_each(drop);
    assert_eq!(digests(stream.position(), 3, 15), expected[25..]);
}

#[test]
fn order_does_not_depend_on_how_long_each_takes() {
    let make = |number: u64| {
        std::thread::sleep(Duration::from_micros(if number.is_multiple_of(7) { 900 } else { 10 }));
        number * number
    };
    let values: Vec<u64> = Ordered::new(5..305, 3, make).collect();
    assert!(values.into_iter().eq((5..305).map(|n| n * n)));
    assert_eq!(Ordered::new(5..5, 2, make).next(), None);
}

#[test]
fn workers_wait_for_a_slow_reader_and_stop_when_it_goes() {
    let made = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&made);
    let mut values = Ordered::new(0..u64::MAX, 2, move |number| {
        count.fetch_add(1, Ordering::Relaxed);
        number
    });
    assert_eq!(values.next(), Some(0));
    std::thread::sleep(Duration::from_millis(50));
    let ahead = made.load(Ordering::Relaxed);
    assert!((2..=128).contains(&ahead), "{ahead}");
    drop(values);
    let last = made.load(Ordering::Relaxed);
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(made.load(Ordering::Relaxed), last);
}

#[test]
fn a_panic_of_a_worker_reaches_the_reader() {
    let mut values = Ordered::new(0..10, 2, |number| {
        assert!(number != 3, "three");
        number
    });
    assert_eq!(values.by_ref().take(3).collect::<Vec<_>>(), [0, 1, 2]);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| values.next())).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"three"));
}
