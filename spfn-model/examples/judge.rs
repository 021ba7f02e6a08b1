use spfn_model::Spfn;
use spfn_model::evaluate::{Judge, run::run, summary::Summary};
use std::ops::ControlFlow;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let spfn = Spfn::load(args[1].as_ref()).unwrap_or_else(|e| panic!("{e}"));
    let judge = Judge::new(&spfn).cached("/tmp/cache".as_ref()).unwrap_or_else(|e| panic!("{e}"));
    let n: u64 = args[2].parse().unwrap();
    let m: u64 = args[3].parse().unwrap();
    let config = &spfn.header().config;
    let begin = std::time::Instant::now();
    let found = run(&judge, config, 0..n, true, &mut |_| ControlFlow::Continue(())).unwrap_or_else(|e| panic!("{e}"));
    println!("{:.1} s for {n} with exact posteriors", begin.elapsed().as_secs_f64());
    println!("{:#?}", Summary::of(&found.judged));
    for (name, s) in Summary::by_outcome(&found.judged) {
        let x = s.exact.unwrap();
        println!(
            "{name}: {} KL {:.4} +- {:.4} median {:.4} 95% {:.3} prior {:.3} ratio {:.4} ceiling {:.3} entropy {:.2} programs {:.0}",
            x.tables,
            x.divergence,
            x.standard_error,
            x.median,
            x.percentile_95,
            x.of_prior,
            x.ceiling_ratio,
            x.ceiling,
            x.entropy,
            x.programs
        );
    }
    println!("network {}\nexact {}", found.network.report(1), found.exact.report(1));
    let begin = std::time::Instant::now();
    let found =
        run(&judge, config, n..n + m, false, &mut |_| ControlFlow::Continue(())).unwrap_or_else(|e| panic!("{e}"));
    println!("{:.1} s for {m} without; network {}", begin.elapsed().as_secs_f64(), found.network.report(1));
}
