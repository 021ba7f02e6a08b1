//! Pairs as they are needed: made by worker threads, given in the order of their numbers.
//!
//! What comes out is a function of `(grammar, options, seed, number)`: neither the number of workers nor when they are scheduled shows.
//! Workers run ahead of the reader by a bounded window, so a slow reader costs no memory and a slow pair holds nobody up for long.

use crate::grammar::Grammar;
use crate::pair::{Fault, Pair, PairOptions, pair};
use std::collections::VecDeque;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

/// The pairs number `from`, `from + 1`, ... without end.
///
/// ```
/// use ppl_corpus::{Grammar, pair::PairOptions, stream::Stream};
/// let grammar = std::sync::Arc::new(Grammar::shipped("bounded").unwrap());
/// let mut stream = Stream::new(grammar, PairOptions::default(), 1).workers(2);
/// let pair = stream.next().unwrap().unwrap();
/// assert_eq!((pair.number, stream.position()), (0, 1));
/// ```
pub struct Stream {
    grammar: Arc<Grammar>,
    options: PairOptions,
    seed: u64,
    workers: usize,
    position: u64,
    running: Option<Ordered<Result<Pair, Fault>>>,
}

impl Stream {
    pub fn new(grammar: Arc<Grammar>, options: PairOptions, seed: u64) -> Stream {
        Stream { grammar, options, seed, workers: 0, position: 0, running: None }
    }

    /// How many threads make pairs; 0, as at first, is one for each core.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Stream {
        self.workers = workers;
        self.running = None;
        self
    }

    /// Goes on from a [`position`](Stream::position).
    #[must_use]
    pub fn from(mut self, number: u64) -> Stream {
        self.position = number;
        self.running = None;
        self
    }

    /// The number of the next pair: what a checkpoint of a training has to keep.
    pub fn position(&self) -> u64 {
        self.position
    }
}

impl Iterator for Stream {
    type Item = Result<Pair, Fault>;

    /// # Panics
    /// As what makes a pair does.
    fn next(&mut self) -> Option<Self::Item> {
        let running = self.running.get_or_insert_with(|| {
            let (grammar, options, seed) = (Arc::clone(&self.grammar), self.options.clone(), self.seed);
            let make = move |number| pair(&grammar, &options, seed, number);
            Ordered::new(self.position..u64::MAX, self.workers, make)
        });
        let made = running.next()?;
        self.position += 1;
        Some(made)
    }
}

/// The values of a function of whole numbers, computed by threads, in order. The threads stop when it is dropped.
pub struct Ordered<T> {
    shared: Arc<Shared<T>>,
    threads: Vec<JoinHandle<()>>,
}

struct Shared<T> {
    state: Mutex<State<T>>,
    /// The next value is there.
    made: Condvar,
    /// The window has moved, or all is over.
    moved: Condvar,
}

struct State<T> {
    /// The number of the value that is given next.
    next: u64,
    /// The first number that no thread has taken.
    untaken: u64,
    end: u64,
    /// Values from `next` on, as far as they are made.
    window: VecDeque<Option<thread::Result<T>>>,
    stopped: bool,
}

/// Threads run ahead by so many values each.
const AHEAD: usize = 32;

impl<T: Send + 'static> Ordered<T> {
    /// `workers` threads, one for each core where that is 0. They have the stack that [`ppl_program::with_room`] gives.
    pub fn new<F>(numbers: Range<u64>, workers: usize, make: F) -> Ordered<T>
    where
        F: Fn(u64) -> T + Send + Sync + 'static,
    {
        let workers = match workers {
            0 => thread::available_parallelism().map_or(1, |cores| cores.get()),
            workers => workers,
        };
        let state = State {
            next: numbers.start,
            untaken: numbers.start,
            end: numbers.end.max(numbers.start),
            window: VecDeque::new(),
            stopped: false,
        };
        let shared = Arc::new(Shared { state: Mutex::new(state), made: Condvar::new(), moved: Condvar::new() });
        let make = Arc::new(make);
        let ahead = (AHEAD * workers) as u64;
        let start = |_| {
            let (shared, make) = (Arc::clone(&shared), Arc::clone(&make));
            thread::spawn(move || ppl_program::with_room(|| shared.work(make.as_ref(), ahead)))
        };
        let threads = (0..workers).map(start).collect();
        Ordered { shared, threads }
    }
}

impl<T> Shared<T> {
    /// A panic happens in no critical section, so what a poisoned lock guards is whole.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn work(&self, make: &dyn Fn(u64) -> T, ahead: u64) {
        let mut state = self.lock();
        loop {
            if state.stopped || state.untaken == state.end {
                return;
            }
            if state.untaken - state.next >= ahead {
                state = self.moved.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let number = state.untaken;
            state.untaken += 1;
            drop(state);
            let made = catch_unwind(AssertUnwindSafe(|| make(number)));
            state = self.lock();
            // numbers before `number` that are still in the making keep `next` from passing it
            let place = (number - state.next) as usize;
            while state.window.len() <= place {
                state.window.push_back(None);
            }
            state.window[place] = Some(made);
            if place == 0 {
                self.made.notify_one();
            }
        }
    }
}

impl<T> Iterator for Ordered<T> {
    type Item = T;

    /// # Panics
    /// As the function does.
    fn next(&mut self) -> Option<T> {
        let mut state = self.shared.lock();
        if state.next == state.end {
            return None;
        }
        loop {
            if matches!(state.window.front(), Some(Some(_))) {
                let made = state.window.pop_front().flatten()?;
                state.next += 1;
                drop(state);
                self.shared.moved.notify_one();
                return Some(made.unwrap_or_else(|panic| resume_unwind(panic)));
            }
            state = self.shared.made.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Drop for Ordered<T> {
    fn drop(&mut self) {
        self.shared.lock().stopped = true;
        self.shared.moved.notify_all();
        for thread in self.threads.drain(..) {
            // what it made is not wanted any more, nor is its panic
            let _ = thread.join();
        }
    }
}
