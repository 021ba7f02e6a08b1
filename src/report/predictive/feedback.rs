//! Whether an outcome is predicted from itself.

use crate::Model;
use ppl_program::typed::{Callee, Expr, ExprKind, Form, StatementKind};

/// Whether the density of `name` is given other elements of it (an autoregression): a replication then is a whole path, and no element of it is a
/// prediction from the data before it.
pub fn feeds_back(model: &Model, name: &str) -> bool {
    let program = model.interpreter.program();
    let mentions = |e: &Expr| {
        let mut count = 0usize;
        e.for_each(&mut |e| {
            count += usize::from(matches!(e.kind, ExprKind::Variable(id) if program.variable(id).name == name));
        });
        count
    };
    // Mentions, less those as what a density is of and those that ask for the size only.
    let mut balance = 0;
    for statement in program.transformed_parameters.iter().chain(&program.model) {
        statement.for_each_expr(&mut |e| match &e.kind {
            ExprKind::Variable(id) if program.variable(*id).name == name => balance += 1,
            ExprKind::Call { callee, arguments } if is_density(callee) || asks_size(callee) => {
                balance -= arguments.first().map_or(0, mentions) as isize;
            }
            _ => {}
        });
        statement.for_each(&mut |s| {
            if let StatementKind::Tilde { outcome, .. } = &s.kind {
                balance -= mentions(outcome) as isize;
            }
        });
    }
    balance > 0
}

fn is_density(callee: &Callee) -> bool {
    match callee {
        Callee::Distribution { form, .. } | Callee::User { form, .. } => {
            matches!(form, Form::Log | Form::LogUnnormalised | Form::Lcdf | Form::Lccdf | Form::Cdf)
        }
        _ => false,
    }
}

fn asks_size(callee: &Callee) -> bool {
    matches!(callee, Callee::Library(name) if ["size", "num_elements", "rows", "cols", "dims"].contains(&name.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn autoregressions_feed_back() {
        let feeds = |statement: &str| {
            let text = format!("data {{ int N; vector[N] y; }} parameters {{ real mu; }} model {{ {statement} }}");
            feeds_back(&Model::compile(&text).unwrap(), "y")
        };
        assert!(!feeds("y ~ normal(mu, 1);"));
        assert!(!feeds("for (n in 1:N) target += log_mix(0.5, normal_lpdf(y[n] | mu, 1), normal_lpdf(y[n] | 0, 1));"));
        assert!(!feeds("for (n in 1:num_elements(y)) y[n] ~ normal(mu, 1);"));
        assert!(feeds("for (n in 2:N) y[n] ~ normal(mu * y[n - 1], 1);"));
        assert!(feeds("for (n in 2:N) { real m = mu * y[n - 1]; y[n] ~ normal(m, 1); }"));
    }
}
