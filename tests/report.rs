//! The page of a fit: well-formed, complete, self-contained, for models of every kind.

use ppl::{Data, Model, Settings, Summary, report};
use std::time::{Duration, UNIX_EPOCH};

fn page(name: &str, text: &str, data: &Data, settings: &Settings) -> String {
    let model = Model::compile(text).unwrap();
    let bound = model.bind(data).unwrap();
    let draws = bound.sample(settings).unwrap();
    let page = report::page(&report::Fit {
        name,
        data_name: Some("<data> & \"more\".json"),
        model: &model,
        data,
        settings,
        dim: bound.dim(),
        draws: &draws,
        summary: &Summary::of(&draws),
        finished: UNIX_EPOCH + Duration::from_secs(1_795_980_600),
    });
    check(&page);
    page
}

fn short() -> Settings {
    Settings { seed: 1, warmup: 200, draws: 200, chains: 2, ..Settings::default() }
}

/// What every page must be.
#[track_caller]
fn check(page: &str) {
    balanced(page);
    for id in ["verdict", "posterior", "chains", "sampler", "prior", "predictive", "loo", "program"] {
        assert!(page.contains(&format!("<section id=\"{id}\">")), "no section {id}");
        assert!(page.contains(&format!("href=\"#{id}\"")), "no link to {id}");
    }
    for forbidden in ["<script", "http:", "https:", "//", "url(", "@import", "src=", "NaN", "Infinity"] {
        // The program may hold comments.
        let before = page.split("<section id=\"program\">").next().unwrap();
        assert!(!before.contains(forbidden), "{forbidden}: {}", around(before, forbidden));
    }
    for attribute in page.split(" d=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        assert!(attribute.bytes().all(|b| b"MLHVZhv -.0123456789".contains(&b)), "{attribute}");
    }
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
}

fn around(page: &str, text: &str) -> String {
    let at = page.find(text).unwrap();
    page.chars().skip(page[..at].chars().count().saturating_sub(100)).take(200).collect()
}

/// Every tag is closed, in order.
#[track_caller]
fn balanced(page: &str) {
    let mut open = Vec::new();
    for tag in page.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("a tag that ends");
        let name = tag.split([' ', '\n']).next().unwrap();
        match name.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "</{name}>"),
            None if name.starts_with('!') || name == "meta" || tag.ends_with('/') => {}
            None => open.push(name),
        }
    }
    assert_eq!(open, Vec::<&str>::new());
}

fn reals(n: usize) -> Vec<f64> {
    (0..n).map(|i| (i as f64 * 0.7).sin() + ((i * 7919) % 101) as f64 / 50.0).collect()
}

#[test]
fn a_regression() {
    let n = 30;
    let data = Data::new().int("N", n as i32).reals("y", &reals(n));
    let text = "data { int N; vector[N] y; }
        parameters { real mu; real<lower=0> sigma; }
        model { mu ~ normal(0, 5); sigma ~ exponential(1); y ~ normal(mu, sigma); }";
    let page = page("<b>a & b</b>", text, &data, &short());
    assert!(page.contains("&lt;b&gt;a &amp; b&lt;/b&gt;") && !page.contains("<b>a &"), "the name is escaped");
    assert!(page.contains("&lt;data&gt; &amp; &quot;more&quot;.json"));
    for text in ["2026-11-29 19:30 UTC", "contraction", "Pareto k", "Densities", "real&lt;lower=0&gt;"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn outcomes_of_every_kind() {
    let n = 40;
    let counts: Vec<i32> = (0..n).map(|i| (i * 7919 % 13) as i32).collect();
    let binary: Vec<i32> = counts.iter().map(|c| i32::from(*c > 6)).collect();
    let grades: Vec<i32> = counts.iter().map(|c| 1 + c % 4).collect();
    let many: Vec<i32> = counts.iter().map(|c| c * c * c).collect();
    let data = Data::new()
        .int("N", n as i32)
        .ints("counts", &counts)
        .ints("binary", &binary)
        .ints("grades", &grades)
        .ints("many", &many)
        .reals("x", &reals(n));
    let text = "data { int N; array[N] int counts; array[N] int<lower=0, upper=1> binary; array[N] int<lower=1, upper=4> grades;
               array[N] int many; vector[N] x; }
        parameters { real a; real b; real<lower=0> phi; ordered[3] cut; }
        model {
          a ~ normal(0, 2); b ~ normal(0, 2); phi ~ exponential(1); cut ~ normal(0, 3);
          counts ~ poisson_log(a); binary ~ bernoulli_logit(a + b * x); grades ~ ordered_logistic(b * x, cut);
          many ~ neg_binomial_2_log(a, phi);
        }";
    let page = page("kinds", text, &data, &short());
    for text in ["Rootogram", "Frequencies", "where the predictions are", "bins that grow", "share of zeros"] {
        assert!(page.contains(text), "{text}");
    }
}

#[test]
fn a_series_with_an_improper_prior() {
    let y: Vec<f64> = (0..60).map(|i| (f64::from(i) * 0.3).sin() * 3.0).collect();
    let text = "data { int T; vector[T] y; } parameters { real a; real b; real<lower=0> s; }
        model { s ~ normal(0, 1); for (t in 2:T) y[t] ~ normal(a + b * y[t - 1], s); }";
    let page = page("series", text, &Data::new().int("T", 60).reals("y", &y), &short());
    assert!(page.contains("<code>a</code>, <code>b</code> have no proper prior"), "{}", around(&page, "proper prior"));
    assert!(page.contains("In the order of the data") && page.contains("A replication is a whole path"));
    assert!(page.contains("lag-1 autocorrelation"));
}

#[test]
fn chains_on_the_prior_are_diagnosed() {
    let of = |prior: &str| {
        let text = format!(
            "data {{ int N; vector[N] y; }} parameters {{ vector[3] a; }}
             model {{ for (k in 1:3) target += {prior}; y ~ normal(sum(a), 1); }}"
        );
        page("nuts-prior", &text, &Data::new().int("N", 5).reals("y", &reals(5)), &short())
    };
    let (apart, together) = (of("-square(square(a[k]) - 100)"), of("-square(a[k]) - 0.1 * a[k]^4"));
    let warning = "The chains on the prior do not describe it yet";
    assert!(apart.contains("sampled by NUTS") && apart.contains(warning) && apart.contains("R-hat above"));
    assert!(together.contains("sampled by NUTS") && !together.contains(warning), "{}", around(&together, warning));
}

#[test]
fn a_funnel_is_explained() {
    let text = "data { int J; vector[J] y; } parameters { real mu; real<lower=0> tau; vector[J] theta; }
        model { mu ~ normal(0, 5); tau ~ cauchy(0, 5); theta ~ normal(mu, tau); y ~ normal(theta, 15); }";
    let data = Data::new().int("J", 8).reals("y", &[28., 8., -3., 7., -1., 1., 18., 12.]);
    let page = page("funnel", text, &data, &Settings { draws: 1000, chains: 4, ..short() });
    for text in [
        "diverged",
        "<code>theta ~ normal(mu, tau)</code> in line 2 is a centred hierarchy",
        "&lt;offset=mu, multiplier=tau&gt;",
        "--target-accept 0.95",
        "tau (log scale)",
    ] {
        assert!(page.contains(text), "{text}");
    }
}

/// No prior, no likelihood in parts, nothing observed, no parameters: each is said.
#[test]
fn odd_models() {
    let none = Data::new();
    let one = Settings { chains: 1, draws: 50, ..short() };
    let page_of = |text: &str, settings: &Settings| page("odd", text, &none, settings);
    let prior_only = page_of("parameters { real x; } model { x ~ normal(0, 1); }", &short());
    assert!(prior_only.contains("Not defined"));
    let opaque =
        page_of("parameters { vector[2] x; } model { target += -dot_self(x) + log1p(square(x[1])); }", &short());
    assert!(opaque.contains("There are no draws from the prior") || opaque.contains("sampled by NUTS"));
    page_of("generated quantities { real z = normal_rng(0, 1); }", &one);
    let constant = page_of(
        "parameters { real x; } model { x ~ normal(0, 1); } generated quantities { real nan = 0.0 / 0.0; real two = 2; }",
        &one,
    );
    assert!(constant.contains("A single chain") && constant.contains("Not a number in some draws"));
}

#[test]
fn a_large_model_is_cut() {
    let n = 3000;
    let data = Data::new().int("N", n as i32).reals("y", &reals(n));
    let text = "data { int N; vector[N] y; } parameters { vector[N] x; } model { x ~ normal(0, 1); y ~ normal(x, 1); }";
    let page = page("large", text, &data, &Settings { warmup: 100, draws: 50, ..short() });
    assert!(page.contains("60 of 3001 quantities"), "{}", around(&page, "quantities"));
}

#[cfg(feature = "cli")]
mod command {
    use std::process::{Command, Stdio};

    fn ppl(arguments: &[&str]) -> (i32, String) {
        let out = Command::new(env!("CARGO_BIN_EXE_ppl")).args(arguments).stdin(Stdio::null()).output().unwrap();
        (out.status.code().unwrap(), String::from_utf8(out.stderr).unwrap())
    }

    #[test]
    fn the_command_writes_it_whole_or_not_at_all() {
        let directory = std::env::temp_dir().join(format!("ppl-report-{}-<&>", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        let file = |name: &str| directory.join(name).display().to_string();
        let model = file("m&m.stan");
        std::fs::write(&model, "parameters { real x; } model { x ~ normal(0, 1); print(\"seen\"); }").unwrap();
        let (code, err) =
            ppl(&["run", &model, "--draws", "50", "--warmup", "50", "-q", "--report", &file("page.html")]);
        assert_eq!(code, 0, "{err}");
        super::check(&std::fs::read_to_string(file("page.html")).unwrap());
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 2, "nothing beside it");
        for wrong in [file("nowhere/page.html"), directory.display().to_string()] {
            // A billion draws: it fails before the first.
            let (code, err) = ppl(&["run", &model, "--draws", "1000000000", "-q", "--report", &wrong]);
            assert_eq!(code, 2, "{err}");
            assert!(err.contains("--report") && !err.contains("seen"), "{err}");
        }
        std::fs::remove_dir_all(&directory).unwrap();
    }
}
