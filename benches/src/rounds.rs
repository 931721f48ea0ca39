//! Variants of one thing, timed in turns.

use cpu_time::ThreadTime;

/// One way to do what is compared.
pub struct Variant<'a> {
    name: &'static str,
    run: Box<dyn FnMut(u64) + 'a>,
    after: Box<dyn FnMut() + 'a>,
}

impl<'a> Variant<'a> {
    /// `run` does the thing as often as it is told.
    pub fn new(name: &'static str, run: impl FnMut(u64) + 'a) -> Self {
        Self { name, run: Box::new(run), after: Box::new(|| ()) }
    }

    /// A variant whose repetitions are all alike.
    pub fn each(name: &'static str, mut once: impl FnMut() + 'a) -> Self {
        Self::new(name, move |n| {
            for _ in 0..n {
                once();
            }
        })
    }

    /// Cleans up after each round, off the clock.
    #[must_use]
    pub fn after(mut self, after: impl FnMut() + 'a) -> Self {
        self.after = Box::new(after);
        self
    }
}

/// What a variant took, in nanoseconds each time.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    pub name: &'static str,
    pub min: f64,
    pub median: f64,
}

/// Runs `rounds` rounds of `times` repetitions of every variant, after one round to warm up.
pub fn run(mut variants: Vec<Variant<'_>>, rounds: usize, times: u64) -> Timings {
    let mut taken = vec![Vec::with_capacity(rounds); variants.len()];
    for round in 0..=rounds {
        for (variant, taken) in variants.iter_mut().zip(&mut taken) {
            let start = ThreadTime::now();
            (variant.run)(times);
            let nanos = start.elapsed().as_nanos() as f64 / times as f64;
            (variant.after)();
            if round > 0 {
                taken.push(nanos);
            }
        }
    }
    let timing = |(variant, mut taken): (&Variant<'_>, Vec<f64>)| {
        taken.sort_by(f64::total_cmp);
        Timing { name: variant.name, min: taken[0], median: taken[taken.len() / 2] }
    };
    Timings(variants.iter().zip(taken).map(timing).collect())
}

/// The outcome of [`run`].
#[derive(Clone, Debug)]
pub struct Timings(Vec<Timing>);

/// What figures are shown in.
#[derive(Clone, Copy, Debug)]
pub enum Unit {
    Nanos,
    Millis,
}

impl Timings {
    /// The timing of the variant of that name.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn of(&self, name: &str) -> Timing {
        *self.0.iter().find(|timing| timing.name == name).expect("a variant of this name was run")
    }

    pub fn iter(&self) -> impl Iterator<Item = &Timing> {
        self.0.iter()
    }

    /// Prints best and median round of each variant.
    pub fn print(&self, title: &str, unit: Unit) {
        let (scale, unit) = match unit {
            Unit::Nanos => (1.0, "ns"),
            Unit::Millis => (1e6, "ms"),
        };
        println!("{title:<52} {:>12} {:>12}", format!("min {unit}"), format!("median {unit}"));
        for Timing { name, min, median } in &self.0 {
            println!("  {name:<50} {:>12.2} {:>12.2}", min / scale, median / scale);
        }
    }

    /// Compares the best rounds of two variants.
    pub fn ratio(&self, name: &str, against: &str, ours: &str, peer: &str) {
        crate::ratio(name, against, self.of(ours).min, self.of(peer).min);
    }
}
