//! Probability distributions: one file a family, with its declaration, formula, density, distribution functions and
//! generator.
//!
//! A family of real or integer outcomes implements [`Scalar`]: the density of one element, generic over [`Num`];
//! broadcasting, size checks and argument checks are done here for all of them. A family of vectors, matrices or regressions
//! implements [`Joint`] and takes [`Value`]s. A new family is a new file and a line in the `families!` list below.

mod arguments;
mod check;
mod dispatch;
mod glm;
mod linear;
mod random;
mod scalar;
mod simplex;

pub use check::{Argument, Check, DomainError};
pub use dispatch::{
    Form, ScalarFamily, cdf, declarations, is_implemented, lccdf, lcdf, log_density, quantile, rng, scalar_families,
    scalar_family,
};
pub use scalar::{Scalar, Tail, check_scalar};

use crate::catalogue::Declaration;
use crate::num::Num;
use crate::value::Value;
use rand::Rng;

/// Which additive terms of a log density must be computed.
///
/// The unnormalised form drops a term that no parameter-level argument enters, as Stan's `~` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Keep every term: the normalised density.
    pub all: bool,
    /// Bit 0: the outcome depends on parameters; bit i: argument i does.
    pub active: u32,
}

impl Keep {
    pub const ALL: Keep = Keep { all: true, active: u32::MAX };

    /// The unnormalised form for these active arguments.
    pub fn unnormalised(active: u32) -> Keep {
        Keep { all: false, active }
    }

    /// Whether a term must be kept that the arguments of `mask` enter.
    #[inline(always)]
    pub fn term(self, mask: u32) -> bool {
        self.all || self.active & mask != 0
    }

    /// Whether no term is left to compute.
    #[inline]
    pub fn nothing(self) -> bool {
        !self.all && self.active == 0
    }
}

/// Bits of [`Keep::active`]: the outcome and the first, second and third argument.
pub(crate) mod bit {
    pub const Y: u32 = 1;
    pub const A: u32 = 2;
    pub const B: u32 = 4;
    pub const C: u32 = 8;
}

/// A family that is not a product over scalar elements.
pub trait Joint {
    const DECLARATION: Declaration;

    /// Log density of the outcome `args[0]` given the arguments `args[1..]`, summed over arrays of outcomes.
    ///
    /// # Errors
    /// [`DomainError`]: an argument outside its domain, or sizes that do not fit.
    fn log_density<T: Num>(args: &[Value<T>], keep: Keep) -> Result<T, DomainError>;

    /// A draw given the arguments. Only called where the declaration has a generator.
    fn rng<R: Rng + ?Sized>(_args: &[Value<f64>], _rng: &mut R) -> Result<Value<f64>, DomainError> {
        Err(DomainError::fatal(format!("{} has no random number generator", Self::DECLARATION.name)))
    }
}

macro_rules! families {
    (scalar { $($module:ident :: $family:ident < $n:literal >,)* } joint { $($jmodule:ident :: $jfamily:ident,)* }) => {
        $(pub mod $module;)*
        $(pub mod $jmodule;)*

        /// Calls a macro with the list of all families.
        macro_rules! with_families {
            ($callback:ident) => {
                $callback! { scalar { $($crate::families::$module::$family, $n;)* } joint { $($crate::families::$jmodule::$jfamily;)* } }
            };
        }
        pub(crate) use with_families;
    };
}

families! {
    scalar {
        bernoulli::Bernoulli<1>,
        bernoulli_logit::BernoulliLogit<1>,
        beta::Beta<2>,
        beta_binomial::BetaBinomial<3>,
        beta_neg_binomial::BetaNegBinomial<3>,
        beta_proportion::BetaProportion<2>,
        binomial::Binomial<2>,
        binomial_logit::BinomialLogit<2>,
        cauchy::Cauchy<2>,
        chi_square::ChiSquare<1>,
        discrete_range::DiscreteRange<2>,
        double_exponential::DoubleExponential<2>,
        exp_mod_normal::ExpModNormal<3>,
        exponential::Exponential<1>,
        frechet::Frechet<2>,
        gamma::Gamma<2>,
        gumbel::Gumbel<2>,
        hypergeometric::Hypergeometric<3>,
        inv_chi_square::InvChiSquare<1>,
        inv_gamma::InvGamma<2>,
        logistic::Logistic<2>,
        loglogistic::Loglogistic<2>,
        lognormal::Lognormal<2>,
        neg_binomial::NegBinomial<2>,
        neg_binomial_2::NegBinomial2<2>,
        neg_binomial_2_log::NegBinomial2Log<2>,
        normal::Normal<2>,
        pareto::Pareto<2>,
        pareto_type_2::ParetoType2<3>,
        poisson::Poisson<1>,
        poisson_log::PoissonLog<1>,
        rayleigh::Rayleigh<1>,
        scaled_inv_chi_square::ScaledInvChiSquare<2>,
        skew_double_exponential::SkewDoubleExponential<3>,
        skew_normal::SkewNormal<3>,
        std_normal::StdNormal<0>,
        student_t::StudentT<3>,
        uniform::Uniform<2>,
        von_mises::VonMises<2>,
        weibull::Weibull<2>,
        yule_simon::YuleSimon<1>,
    }
    joint {
        bernoulli_logit_glm::BernoulliLogitGlm,
        binomial_logit_glm::BinomialLogitGlm,
        categorical::Categorical,
        categorical_logit::CategoricalLogit,
        categorical_logit_glm::CategoricalLogitGlm,
        dirichlet::Dirichlet,
        dirichlet_multinomial::DirichletMultinomial,
        gaussian_dlm_obs::GaussianDlmObs,
        hmm_latent::HmmLatent,
        inv_wishart::InvWishart,
        inv_wishart_cholesky::InvWishartCholesky,
        lkj_corr::LkjCorr,
        lkj_corr_cholesky::LkjCorrCholesky,
        lkj_cov::LkjCov,
        multi_gp::MultiGp,
        multi_gp_cholesky::MultiGpCholesky,
        multi_normal::MultiNormal,
        multi_normal_cholesky::MultiNormalCholesky,
        multi_normal_prec::MultiNormalPrec,
        multi_student_t::MultiStudentT,
        multi_student_t_cholesky::MultiStudentTCholesky,
        multinomial::Multinomial,
        multinomial_logit::MultinomialLogit,
        neg_binomial_2_log_glm::NegBinomial2LogGlm,
        normal_id_glm::NormalIdGlm,
        ordered_logistic::OrderedLogistic,
        ordered_logistic_glm::OrderedLogisticGlm,
        ordered_probit::OrderedProbit,
        poisson_log_glm::PoissonLogGlm,
        wiener::Wiener,
        wishart::Wishart,
        wishart_cholesky::WishartCholesky,
    }
}

#[cfg(test)]
mod tests;
