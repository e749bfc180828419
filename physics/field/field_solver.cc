#include "physics/field/field_solver.h"

#include <algorithm>
#include <numbers>
#include <string>
#include <utility>

#include "physics/numeric/error.h"

namespace flyball {

std::vector<std::complex<double>> SymbolOf(const PeriodicEquation& equation, int n, double length,
                                           std::span<const double> constants) {
  std::vector<std::complex<double>> symbol;
  for (int k = 0; k <= n / 2; ++k) {
    symbol.push_back(equation.symbol(2 * std::numbers::pi / length * k, constants));
  }
  return symbol;
}

PolynomialTermData TermOf(const PeriodicEquation& equation, int n, double length,
                          std::span<const double> constants, int padded, bool nyquist) {
  std::vector<std::complex<double>> multiplier;
  for (int k = 0; k <= n / 2; ++k) {
    const bool kept = nyquist || k < n / 2;
    const double q = 2 * std::numbers::pi / length * k;
    multiplier.push_back(kept ? equation.multiplier(q, constants) : 0.0);
  }
  return MakePolynomialTerm(n, padded, equation.polynomial(constants), multiplier);
}

int DegreeOf(const Polynomial& polynomial) { return polynomial.c3 == 0.0 ? 2 : 3; }

FieldSolver::FieldSolver(EtdCoefficients etd, PolynomialTermData term)
    : etd_(std::move(etd)), term_(std::move(term)), fft_(term_.n), padded_fft_(term_.padded) {
  size_t work = Etdrk4WorkSize(term_.room()) + std::max<size_t>(term_.work_size(), 2 * term_.n);
  if (FieldStepper::Fits(term_.n, term_.padded)) {
    stepper_.emplace(etd_, term_);
    work = stepper_->work_size();
  }
  memory_.resize(4 * term_.room() + work);
}

FieldSolver::FieldSolver(const PeriodicEquation& equation, int n, double length,
                         std::span<const double> constants, double step)
    : FieldSolver(MakeEtdCoefficients(SymbolOf(equation, n, length, constants), step),
                  TermOf(equation, n, length, constants,
                         PaddedPoints(n, DegreeOf(equation.polynomial(constants))), false)) {}

void FieldSolver::Run(std::span<double> field, int steps, std::span<const double> force_re,
                      std::span<const double> force_im) {
  const int room = term_.room();
  const size_t modes = etd_.modes();
  if (field.size() != static_cast<size_t>(n()) || force_re.size() != force_im.size() ||
      (!force_re.empty() && force_re.size() != modes)) {
    throw InputError("FieldSolver: the field or its force is not of " + std::to_string(n()) +
                     " points");
  }
  double* memory = memory_.data();
  std::fill_n(memory, 4 * room, 0.0);
  const Spectrum<double> u{memory, memory + room}, force{memory + 2 * room, memory + 3 * room};
  std::copy(force_re.begin(), force_re.end(), force.re);
  std::copy(force_im.begin(), force_im.end(), force.im);
  double* etd_work = memory + 4 * room;
  if (stepper_) return stepper_->Run(field.data(), force.re, force.im, steps, etd_work);

  double* term_work = etd_work + Etdrk4WorkSize(room);
  const std::span<double> re(u.re, modes), im(u.im, modes), work(term_work, 2 * field.size());

  fft_.Forward(std::span<const double>(field), re, im, work);
  if (term_.factor.back() == 0.0) re[modes - 1] = im[modes - 1] = 0.0;
  const PolynomialTerm<double> term(term_, padded_fft_, force, term_work);
  for (int i = 0; i < steps; ++i) {
    if (etd_.real) {
      StepEtdrk4<true>(etd_, room, term, u, etd_work);
    } else {
      StepEtdrk4<false>(etd_, room, term, u, etd_work);
    }
  }
  fft_.Inverse(std::span<const double>(re), std::span<const double>(im), field, work);
}

}  // namespace flyball
