"""Figures for the tests of the special functions: name, arguments, value, partial derivatives.

    python3 runtime/src/math/figures.py > runtime/src/math/figures.csv      (mpmath 1.3 or later)

Arguments are exact doubles; values come from mpmath at 40 digits, derivatives from central differences at 90 digits.
"""
import mpmath as m

m.mp.dps = 40


def Phi(x):
    return m.erfc(-x / m.sqrt(2)) / 2


def owens(h, a):
    return m.quad(lambda x: m.exp(-h * h * (1 + x * x) / 2) / (1 + x * x), m.linspace(0, a, 9)) / (2 * m.pi)


def lbeta(a, b):
    return m.loggamma(a) + m.loggamma(b) - m.loggamma(a + b)


def lgam(x):
    return m.log(abs(m.gamma(x)))


def inv_phi(p):
    with m.workdps(m.mp.dps + 10):
        x = m.mpf(-1) * m.sqrt(-2 * m.log(p)) if p < 0.1 else (m.mpf(p) - 0.5) * 2
        for _ in range(200):
            step = (Phi(x) - p) / m.npdf(x)
            step = max(min(step, 1), -1)
            x -= step
            if abs(step) < m.mpf(10) ** (-m.mp.dps + 5):
                break
        return x


def gp(a, x):
    return m.gammainc(a, 0, x, regularized=True)


def gq(a, x):
    return m.gammainc(a, x, m.inf, regularized=True)


def ib(a, b, x):
    return m.betainc(a, b, 0, x, regularized=True)


L = m.log1p
UNARY = {
    "lgamma": (lgam, [1e-10, 0.3, 0.9, 1.1, 1.5, 2.2, 7.5, 33.3, 1e4, 1e10, -0.5, -3.3]),
    "tgamma": (m.gamma, [0.01, 0.5, 3.3, 20.5, -1.5]),
    "digamma": (m.digamma, [1e-5, 0.1, 0.9, 1.2, 1.4616321, 1.47, 1.8, 2.5, 9.5, 12.5, 100.5, 1e6, -0.3, -7.7]),
    "trigamma": (lambda x: m.psi(1, x), [1e-3, 0.2, 1.5, 6.6, 30.5, 1e5, -0.7]),
    "inv_logit": (lambda x: 1 / (1 + m.exp(-x)), [-40.0, -2.0, 0.3, 5.0, 36.0]),
    "logit": (lambda x: m.log(x / (1 - x)), [1e-10, 0.2, 0.49999, 0.500001, 0.7, 0.999999]),
    "log1p_exp": (lambda x: L(m.exp(x)), [-40.0, -1.0, 0.5, 20.0, 800.0]),
    "log1m_exp": (lambda x: m.log(1 - m.exp(x)), [-1e-12, -0.1, -0.7, -3.0, -50.0]),
    "log1m": (lambda x: m.log(1 - x), [-3.0, 1e-12, 0.5, 0.99]),
    "log_inv_logit": (lambda x: -L(m.exp(-x)), [-700.0, -1.0, 2.0, 40.0]),
    "log1m_inv_logit": (lambda x: -L(m.exp(x)), [-40.0, -1.0, 2.0, 700.0]),
    "inv_cloglog": (lambda x: 1 - m.exp(-m.exp(x)), [-30.0, -1.0, 0.5, 2.0]),
    "erf": (m.erf, [-2.0, 1e-8, 0.4, 1.5]),
    "erfc": (m.erfc, [-2.0, 0.4, 3.0, 20.0]),
    "inv_erfc": (lambda x: -inv_phi(x / 2) / m.sqrt(2), [1e-100, 1e-3, 0.4, 0.9999, 1.3, 1.99]),
    "Phi": (Phi, [-37.0, -12.3, -5.1, -0.7, 0.2, 3.3]),
    "inv_Phi": (inv_phi, [1e-300, 1e-20, 0.001, 0.2, 0.4999, 0.6, 0.9, 0.999999]),
    "std_normal_lcdf": (lambda x: m.log(Phi(x)), [-1e5, -200.0, -38.5, -12.0, -2.0, -0.9, 0.4, 1.3, 8.0]),
    "std_normal_lccdf": (lambda x: m.log(Phi(-x)), [-8.0, -0.4, 2.0, 50.0]),
    "std_normal_log_qf": (lambda x: inv_phi(m.exp(x)), [-1e4, -600.0, -30.0, -1.0, -0.1]),
    "lambert_w0": (lambda x: m.lambertw(x).real, [-0.3678, -0.36, -0.2, -1e-8, 1e-8, 0.5, 3.0, 100.0, 1e100]),
    "lambert_wm1": (lambda x: m.lambertw(x, -1).real, [-0.3678, -0.36, -0.2, -1e-3, -1e-50]),
    "cbrt": (m.cbrt, [0.3, 27.5]),
    "exp2": (lambda x: m.mpf(2) ** x, [-3.5, 10.25]),
    "log2": (lambda x: m.log(x, 2), [0.3, 10.25]),
    "asinh": (m.asinh, [-2.0, 1e-5, 3.0]),
    "acosh": (m.acosh, [1.001, 3.0]),
    "atanh": (m.atanh, [-0.9, 1e-5, 0.5]),
    "inv_sqrt": (lambda x: 1 / m.sqrt(x), [0.3, 7.0]),
    "inv_square": (lambda x: 1 / x**2, [0.3, -7.0]),
}
BINARY = {
    "lbeta": (lbeta, [(0.3, 0.7), (2.5, 1e6), (1e-3, 1e3), (12.5, 11.0), (1e5, 2e7), (9.5, 30.0)]),
    "beta": (lambda a, b: m.beta(a, b), [(0.3, 0.7), (12.5, 3.0)]),
    "lchoose": (lambda n, k: m.log(m.binomial(n, k)), [(10, 3), (10.5, 3.25), (1e6, 1e3), (50, 49), (1e8, 5e7)]),
    "log_rising_factorial": (lambda x, n: m.loggamma(x + n) - m.loggamma(x), [(2.5, 3.5), (1e8, 2.0), (1e6, 0.5), (0.1, 40.0)]),
    "log_falling_factorial": (lambda x, n: m.loggamma(x + 1) - m.loggamma(x - n + 1), [(12.5, 3.5), (1e7, 2.0)]),
    "log_sum_exp": (lambda a, b: m.log(m.exp(a) + m.exp(b)), [(1.0, 2.0), (-800.0, -801.5), (30.0, -5.0)]),
    "log_diff_exp": (lambda a, b: m.log(m.exp(a) - m.exp(b)), [(2.0, 1.0), (-800.0, -801.5), (1.0, 0.9999999)]),
    "log_inv_logit_diff": (lambda a, b: m.log(1 / (1 + m.exp(-a)) - 1 / (1 + m.exp(-b))), [(2.0, 1.0), (50.0, -3.0), (-50.0, -51.0), (30.0, 29.9)]),
    "multiply_log": (lambda a, b: a * m.log(b), [(2.0, 0.3)]),
    "hypot": (lambda a, b: m.sqrt(a * a + b * b), [(3.0, 4.5)]),
    "atan2": (lambda a, b: m.atan2(a, b), [(3.0, 4.5), (-1.0, -2.0)]),
    "pow": (lambda a, b: a**b, [(3.0, 4.5), (0.2, -1.5)]),
    "hypergeometric_1F0": (lambda a, z: (1 - z) ** (-a), [(2.5, 0.3)]),
    "owens_t": (owens, [(0.5, 0.7), (2.0, 0.2), (1.5, 3.0), (0.1, 20.0), (6.0, 0.9), (0.01, 0.5), (3.0, -1.5)]),
    "gamma_p": (gp, [(0.3, 0.1), (2.5, 1.0), (2.5, 9.0), (30.0, 22.0), (30.0, 45.0), (500.0, 480.0), (1e-3, 0.5), (0.2, 3.0)]),
    "gamma_q": (gq, [(0.3, 0.1), (2.5, 1.0), (2.5, 40.0), (30.0, 22.0), (30.0, 95.0), (500.0, 600.0), (1e-6, 0.01), (0.2, 3.0)]),
}
BESSEL = {
    "bessel_first_kind": (m.besselj, [(0, 0.5), (1, 3.5), (4, 12.0), (2, 100.0)]),
    "bessel_second_kind": (m.bessely, [(0, 0.5), (1, 3.5), (4, 12.0)]),
    "modified_bessel_first_kind": (m.besseli, [(0, 0.5), (1, 3.5), (4, 30.0), (2, 100.0)]),
    "modified_bessel_second_kind": (m.besselk, [(0, 0.5), (1, 1.9), (1, 2.1), (5, 0.3), (3, 20.0)]),
    "lmgamma": (lambda k, x: m.mpf(k) * (k - 1) / 4 * m.log(m.pi) + sum(m.loggamma(x - m.mpf(j) / 2) for j in range(int(k))), [(1, 2.5), (4, 7.5)]),
    "falling_factorial": (lambda n, x: m.ff(x, n), []),
}
LOG_BESSEL = {"log_modified_bessel_first_kind": (lambda v, z: m.log(m.besseli(v, z)), [(0.0, 0.3), (0.5, 3.0), (2.5, 35.0), (2.5, 60.0), (0.0, 500.0), (50.0, 20.0), (30.0, 900.0)])}
INC_BETA = [(0.5, 0.5, 0.3), (2.0, 3.0, 0.9), (20.0, 30.0, 0.35), (1e3, 2e3, 0.3), (0.1, 5.0, 1e-4), (1e4, 0.5, 0.9999), (5.0, 1.5, 0.01)]


def emit(name, args, value, derivatives):
    print(",".join([name] + [repr(float(a)) for a in args] + [m.nstr(x, 20) for x in [value] + derivatives]))


def partial(f, args, i):
    with m.workdps(90):
        x = [m.mpf(a) for a in args]
        h = abs(x[i]) * m.mpf(10) ** -25 if x[i] else m.mpf(10) ** -25
        up, down = list(x), list(x)
        up[i] += h
        down[i] -= h
        return (f(*up) - f(*down)) / (2 * h)


for table in (UNARY, BINARY, LOG_BESSEL):
    for name, (f, points) in table.items():
        for p in points:
            args = p if isinstance(p, tuple) else (p,)
            emit(name, args, f(*map(m.mpf, args)), [partial(f, args, i) for i in range(len(args))])
for name, (f, points) in BESSEL.items():
    for k, x in points:
        emit(name, (k, x), f(k, m.mpf(x)), [m.mpf(0), partial(lambda _, t: f(k, t), (k, x), 1)])
for p in INC_BETA:
    emit("inc_beta", p, ib(*map(m.mpf, p)), [partial(ib, p, i) for i in range(3)])
for p in INC_BETA:
    f = lambda a, b, x: m.log(m.betainc(a, b, x, 1, regularized=True))
    emit("log_inc_beta_complement", p, f(*map(m.mpf, p)), [partial(f, p, i) for i in range(3)])
