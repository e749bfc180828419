#include "physics/linear/ordered_schur.h"

#include <Eigen/Eigenvalues>
#include <cmath>
#include <complex>

#include "physics/numeric/error.h"

namespace flyball {
namespace {

using Complex = std::complex<double>;
using Vector2 = Eigen::Vector2cd;

// Unitary, its first column along v.
Eigen::Matrix2cd Along(Vector2 v) {
  v.normalize();
  Eigen::Matrix2cd u;
  u << v[0], -std::conj(v[1]), v[1], std::conj(v[0]);
  return u;
}

// Upper triangular pencils s - z t, with s = q' a z and t = q' b z; q is not kept.
class TriangularPencil {
 public:
  TriangularPencil(const Matrix& a, const Matrix& b) {
    const Eigen::RealQZ<Matrix> qz(a, b);
    if (qz.info() != Eigen::Success) {
      throw PhysicsError("the QZ algorithm did not converge on a pencil of " +
                         std::to_string(a.rows()) + " rows");
    }
    s_ = qz.matrixS().cast<Complex>();
    t_ = qz.matrixT().cast<Complex>();
    z_ = qz.matrixZ().transpose().cast<Complex>();  // a = q s z' there, z' being theirs
    // Conjugate pairs stand in blocks of two: rotate one of each pair to its front.
    for (Eigen::Index k = 0; k + 1 < s_.rows(); ++k) {
      if (s_(k + 1, k) != 0.0) Split(k);
    }
  }

  bool IsStable(Eigen::Index k) const { return std::abs(s_(k, k)) < std::abs(t_(k, k)); }
  const Eigen::MatrixXcd& z() const { return z_; }

  // Exchanges the eigenvalues k and k + 1.
  void Swap(Eigen::Index k) {
    // The vector of the second one within the two: (t22 s - s22 t) v = 0.
    const Complex s2 = s_(k + 1, k + 1), t2 = t_(k + 1, k + 1);
    BringToFront(k, {s2 * t_(k, k + 1) - t2 * s_(k, k + 1), t2 * s_(k, k) - s2 * t_(k, k)});
  }

 private:
  void Split(Eigen::Index k) {
    const Eigen::Matrix2cd s = s_.block<2, 2>(k, k), t = t_.block<2, 2>(k, k);
    // det(s - mu t) = 0, t upper triangular and not singular: pairs are finite.
    const Complex square = t(0, 0) * t(1, 1);
    const Complex linear = s(0, 0) * t(1, 1) + s(1, 1) * t(0, 0) - s(1, 0) * t(0, 1);
    const Complex constant = s(0, 0) * s(1, 1) - s(0, 1) * s(1, 0);
    const Complex mu =
        (linear + std::sqrt(linear * linear - 4.0 * square * constant)) / (2.0 * square);
    const Eigen::Matrix2cd m = s - mu * t;
    const int row = m.row(0).squaredNorm() > m.row(1).squaredNorm() ? 0 : 1;
    BringToFront(k, {-m(row, 1), m(row, 0)});
  }

  // `v`: an eigenvector of the block of two that begins at k.
  void BringToFront(Eigen::Index k, const Vector2& v) {
    if (v.squaredNorm() == 0.0) return;  // the two are alike
    const Eigen::Matrix2cd right = Along(v);
    for (Eigen::MatrixXcd* m : {&s_, &t_})
      m->middleCols<2>(k) = (m->middleCols<2>(k) * right).eval();
    z_.middleCols<2>(k) = (z_.middleCols<2>(k) * right).eval();
    // Both images of v lie along one line; the longer one tells it better.
    const Vector2 by_s = s_.block<2, 1>(k, k), by_t = t_.block<2, 1>(k, k);
    const Vector2 image = by_s.squaredNorm() > by_t.squaredNorm() ? by_s : by_t;
    if (image.squaredNorm() == 0.0) return;
    const Eigen::Matrix2cd left = Along(image).adjoint();
    for (Eigen::MatrixXcd* m : {&s_, &t_}) {
      m->middleRows<2>(k) = (left * m->middleRows<2>(k)).eval();
      (*m)(k + 1, k) = 0.0;
    }
  }

  Eigen::MatrixXcd s_, t_, z_;
};

}  // namespace

Eigen::MatrixXcd StableSubspace(const Matrix& a, const Matrix& b) {
  CheckShape(a, a.rows(), a.rows(), "of a pencil");
  CheckShape(b, a.rows(), a.rows(), "of a pencil");
  TriangularPencil pencil(a, b);
  // As in sorting by insertion: each stable one moves up past those that are not.
  Eigen::Index count = 0;
  for (Eigen::Index k = 0; k < a.rows(); ++k) {
    if (!pencil.IsStable(k)) continue;
    for (Eigen::Index at = k; at > count; --at) pencil.Swap(at - 1);
    ++count;
  }
  return pencil.z().leftCols(count);
}

}  // namespace flyball
