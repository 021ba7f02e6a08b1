"""Figures for the tests of the families: name, form, outcome, arguments, value.

    python3 runtime/src/families/figures.py > runtime/src/families/figures.csv      (scipy 1.11 or later, mpmath)
"""
import mpmath as mp
import numpy as np
from scipy import stats as s

mp.mp.dps = 30


class SkewLaplace:
    def __init__(self, mu, sigma, tau):
        self.p = tuple(map(mp.mpf, (mu, sigma, tau)))

    def logpdf(self, y):
        mu, sigma, tau = self.p
        return mp.log(2 * tau * (1 - tau) / sigma) - 2 * ((1 - tau) * max(mu - y, 0) + tau * max(y - mu, 0)) / sigma

    def logcdf(self, y):
        mu, sigma, tau = self.p
        f = lambda t: mp.exp(self.logpdf(t))
        return mp.log(mp.quad(f, [mu - 60, y]) if y <= mu else mp.quad(f, [mu - 60, mu, y]))

    def logsf(self, y):
        return mp.log(1 - mp.exp(self.logcdf(y)))


class BetaNegBinomial:
    def __init__(self, r, a, b):
        self.p = (r, a, b)

    def logpmf(self, n):
        r, a, b = map(mp.mpf, self.p)
        return mp.log(mp.beta(r + n, a + b) / mp.beta(r, a) * mp.gamma(n + b) / mp.gamma(b) / mp.factorial(n))

    def logcdf(self, n):
        return mp.log(sum(mp.exp(self.logpmf(k)) for k in range(int(n) + 1)))

    def logsf(self, n):
        return mp.log(1 - mp.exp(self.logcdf(n)))


class Logged:
    """A family that has only a density here."""

    def __init__(self, f):
        self.logpmf = f


R = [-2.3, 0.4, 1.0, 6.5]
P = [0.05, 0.4, 1.3, 7.5]
U = [0.02, 0.3, 0.55, 0.97]
N = [0, 1, 4, 11]
FAMILIES = {
    "normal": (lambda m, v: s.norm(m, v), [(0.5, 1.2), (-3, 0.4)], R),
    "std_normal": (lambda: s.norm(), [()], R),
    "cauchy": (lambda m, v: s.cauchy(m, v), [(0.5, 1.2), (-3, 0.4)], R),
    "bernoulli": (lambda p: s.bernoulli(p), [(0.3,)], [0, 1]),
    "bernoulli_logit": (lambda a: Logged(s.bernoulli(1 / (1 + np.exp(-a))).logpmf), [(0.3,), (-2,)], [0, 1]),
    "binomial": (lambda n, p: s.binom(n, p), [(12, 0.3), (40, 0.15)], N),
    "binomial_logit": (lambda n, a: Logged(s.binom(n, 1 / (1 + np.exp(-a))).logpmf), [(12, 0.3)], N),
    "beta": (lambda a, b: s.beta(a, b), [(0.7, 2.5), (30, 12)], U),
    "beta_proportion": (lambda m, k: s.beta(m * k, (1 - m) * k), [(0.3, 2.5), (0.8, 30)], U),
    "gamma": (lambda a, b: s.gamma(a, scale=1 / b), [(0.7, 2.5), (12, 3)], P),
    "inv_gamma": (lambda a, b: s.invgamma(a, scale=b), [(0.7, 2.5), (5, 3)], P),
    "uniform": (lambda a, b: s.uniform(a, b - a), [(-3, 9)], R),
    "lognormal": (lambda m, v: s.lognorm(v, scale=np.exp(m)), [(0.3, 0.8)], P),
    "student_t": (lambda n, m, v: s.t(n, m, v), [(3, 0.5, 1.2), (0.7, -1, 0.4), (40, 1, 2)], R),
    "exponential": (lambda b: s.expon(scale=1 / b), [(0.7,)], P),
    "double_exponential": (lambda m, v: s.laplace(m, v), [(0.5, 1.2)], R),
    "poisson": (lambda l: s.poisson(l), [(0.3,), (6,)], N),
    "poisson_log": (lambda a: Logged(s.poisson(np.exp(a)).logpmf), [(0.3,)], N),
    "neg_binomial": (lambda a, b: s.nbinom(a, b / (1 + b)), [(0.7, 0.4), (12, 3)], N),
    "neg_binomial_2": (lambda m, f: s.nbinom(f, f / (m + f)), [(2.5, 0.4), (6, 30)], N),
    "neg_binomial_2_log": (lambda e, f: Logged(s.nbinom(f, f / (np.exp(e) + f)).logpmf), [(0.5, 0.4)], N),
    "weibull": (lambda a, v: s.weibull_min(a, scale=v), [(0.7, 1.2), (3, 2)], P),
    "logistic": (lambda m, v: s.logistic(m, v), [(0.5, 1.2)], R),
    "pareto": (lambda m, a: s.pareto(a, scale=m), [(0.04, 1.5)], P),
    "pareto_type_2": (lambda m, l, a: s.lomax(a, m, l), [(-0.5, 1.5, 2.2)], P),
    "beta_binomial": (lambda n, a, b: s.betabinom(n, a, b), [(15, 0.7, 2.5), (40, 12, 5)], N),
    "chi_square": (lambda n: s.chi2(n), [(3.5,)], P),
    "inv_chi_square": (lambda n: s.invgamma(n / 2, scale=0.5), [(3.5,)], P),
    "scaled_inv_chi_square": (lambda n, t: s.invgamma(n / 2, scale=n * t * t / 2), [(3.5, 1.2)], P),
    "gumbel": (lambda m, v: s.gumbel_r(m, v), [(0.5, 1.2)], R),
    "frechet": (lambda a, v: s.invweibull(a, scale=v), [(1.7, 1.2)], P),
    "rayleigh": (lambda v: s.rayleigh(scale=v), [(1.7,)], P),
    "skew_normal": (lambda m, v, a: s.skewnorm(a, m, v), [(0.5, 1.2, 2.0), (0.5, 1.5, -1.3)], [-1.0, 0.4, 1.0, 2.5]),
    "exp_mod_normal": (lambda m, v, l: s.exponnorm(1 / (v * l), m, v), [(0.5, 1.2, 0.7)], R),
    "von_mises": (lambda m, k: s.vonmises(k, m), [(0.0, 1.5), (0.0, 30.0)], [-0.4, 0.1, 0.3, 0.5]),
    "hypergeometric": (lambda n, a, b: Logged(s.hypergeom(a + b, a, n).logpmf), [(13, 20, 15)], N),
    "discrete_range": (lambda a, b: s.randint(a, b + 1), [(0, 20)], N),
    "loglogistic": (lambda a, b: s.fisk(b, scale=a), [(1.5, 2.2)], P),
    "skew_double_exponential": (SkewLaplace, [(0.5, 1.2, 0.3)], R),
    "yule_simon": (lambda a: s.yulesimon(a), [(1.5,)], [1, 2, 5, 12]),
    "beta_neg_binomial": (BetaNegBinomial, [(2.5, 3.5, 1.5)], N),
}
for name, (make, arguments, outcomes) in FAMILIES.items():
    for p in arguments:
        d = make(*p)
        forms = [("density", getattr(d, "logpdf", None) or d.logpmf)]
        if hasattr(d, "logpmf"):
            forms[0] = ("density", d.logpmf)
        try:
            forms[0][1](outcomes[0])
        except AttributeError:
            forms[0] = ("density", d.logpdf)
        if hasattr(d, "logcdf"):
            forms += [("lcdf", d.logcdf), ("lccdf", d.logsf)]
        for form, f in forms:
            for y in outcomes:
                value = float(f(y))
                if np.isfinite(value) and abs(value) > 1e-12:
                    print(",".join([name, form, repr(float(y))] + [repr(float(a)) for a in p] + [repr(value)]))

y = np.array([0.3, -1.2, 0.8])
mu = np.array([0.1, 0.2, -0.3])
S = np.array([[2.0, 0.3, -0.4], [0.3, 1.5, 0.2], [-0.4, 0.2, 1.1]])
W = np.array([[3.0, 0.5, 0.1], [0.5, 2.0, -0.6], [0.1, -0.6, 1.7]])
L = np.linalg.cholesky(S)
LW = np.linalg.cholesky(W)
prec = np.linalg.inv(S)
jac = 3 * np.log(2) + sum((3 - i) * np.log(LW[i, i]) for i in range(3))
joint = {
    "multi_normal": s.multivariate_normal(mu, S).logpdf(y),
    "multi_normal_cholesky": s.multivariate_normal(mu, S).logpdf(y),
    "multi_normal_prec": s.multivariate_normal(mu, prec).logpdf(y),
    "multi_student_t": s.multivariate_t(mu, S, df=4.5).logpdf(y),
    "multi_student_t_cholesky": s.multivariate_t(mu, S, df=4.5).logpdf(y),
    "wishart": s.wishart(5.5, S).logpdf(W),
    "inv_wishart": s.invwishart(5.5, S).logpdf(W),
    "wishart_cholesky": s.wishart(5.5, S).logpdf(W) + jac,
    "inv_wishart_cholesky": s.invwishart(5.5, S).logpdf(W) + jac,
    "dirichlet": s.dirichlet([0.7, 2.5, 4.0]).logpdf([0.2, 0.3, 0.5]),
    "multinomial": s.multinomial(9, [0.2, 0.3, 0.5]).logpmf([2, 0, 7]),
    "dirichlet_multinomial": s.dirichlet_multinomial([0.7, 2.5, 4.0], 9).logpmf([2, 0, 7]),
    "multi_gp": sum(s.multivariate_normal(np.zeros(3), S / w).logpdf(r) for w, r in zip([0.5, 2.0], [y, mu])),
}
for name, value in joint.items():
    print(f"{name},joint,{float(value)!r}")
