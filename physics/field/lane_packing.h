// Between the modes of a real field and the complex numbers of lane_transform.h: what fft_stage.h does for
// transforms of one lane, but without the factors. Compiled once per instruction set, to the same bits.
#ifndef FLYBALL_PHYSICS_FIELD_LANE_PACKING_H_
#define FLYBALL_PHYSICS_FIELD_LANE_PACKING_H_

#include <algorithm>

#include "physics/field/lane_transform.h"
#include "physics/field/lane_vectors.h"

namespace flyball::lane_loops {

// Numbers k, k - 1, ... of z, k a multiple of W; number k is at `first`.
template <int W, int kParts>
FLYBALL_INLINE Complex<V<W>> LoadBackwards(const double* z, int k, const double* first) {
  const Complex<V<W>> before = LoadComplex<W>(z + At<kParts>(k - W));
  const Complex<V<W>> at = LoadComplex<W>(first);
  return {Backwards<W>(before.re, at.re), Backwards<W>(before.im, at.im)};
}
// Twice modes k .. k + W - 1 from z, whose number m is number 0.
template <int W>
FLYBALL_INLINE Complex<V<W>> Unpack(const double* z, int m, int k, const Complex<V<W>>& root) {
  const Complex<V<W>> a = LoadComplex<W>(z + At(k)),
                      b = LoadBackwards<W, 2>(z, m - k, z + (k > 0 ? At(m - k) : 0));
  const Complex<V<W>> odd = Times<V<W>>({a.im + b.im, b.re - a.re}, root);
  return {a.re + b.re + odd.re, a.im - b.im + odd.im};
}

// Numbers k and m - k from modes a = u[k] and b = u[m - k].
template <class T>
FLYBALL_INLINE void PackPair(const Complex<T>& a, const Complex<T>& b, const Complex<T>& root,
                             Complex<T>& z, Complex<T>& mirrored) {
  const Complex<T> even = {a.re + b.re, a.im - b.im};
  const Complex<T> odd = TimesConjugate<T>({a.re - b.re, a.im + b.im}, root);
  z = {even.re - odd.im, even.im + odd.re};
  mirrored = {even.re + odd.im, odd.re - even.im};
}
// The same where b is zero.
template <class T>
FLYBALL_INLINE void PackAlone(const Complex<T>& a, const Complex<T>& root, Complex<T>& z,
                              Complex<T>& mirrored) {
  const Complex<T> odd = TimesConjugate(a, root);
  z = {a.re - odd.im, a.im + odd.re};
  mirrored = {a.re + odd.im, odd.re - a.im};
}

// Of the modes u, in a table with so many parts. Those above `highest` are zero; those of a block
// that is read beyond them, too.
template <int kParts>
void Pack(const LaneTransform& t, int highest, const double* u, double* z) {
  constexpr int W = kNative;
  using C = Complex<V<W>>;
  const double* roots = t.half_roots.data()->at;
  // Modes below `alone` have partners that are zero.
  const int m = t.m, middle = m / 16 * 8, alone = std::min((m - highest) / 8 * 8, middle);
  C number, mirrored, last = {};  // last: mirrored numbers of the modes before
  const auto put_mirrored = [&](int k) __attribute__((always_inline)) {
    if (k > 0) {
      StoreComplex<W>({Backwards<W>(last.re, mirrored.re), Backwards<W>(last.im, mirrored.im)},
                      z + At(m - k));
    }
    last = mirrored;
  };
  int k = 0;
  for (; k < alone; k += W) {
    PackAlone(LoadComplex<W>(u + At<kParts>(k)), LoadComplex<W>(roots + At(k)), number, mirrored);
    StoreComplex<W>(number, z + At(k));
    put_mirrored(k);
  }
  for (; k < middle; k += W) {
    const C partner = LoadBackwards<W, kParts>(u, m - k, u + At<kParts>(m - k));
    PackPair(LoadComplex<W>(u + At<kParts>(k)), partner, LoadComplex<W>(roots + At(k)), number,
             mirrored);
    StoreComplex<W>(number, z + At(k));
    put_mirrored(k);
  }
  mirrored = C{};
  put_mirrored(k);

  // The modes about m / 2, one by one.
  for (; 2 * k <= m; ++k) {
    const auto mode = [&](int i) {
      const double* at = u + At<kParts>(i);
      return i > highest ? Complex<double>{0.0, 0.0} : Complex<double>{at[0], at[8]};
    };
    Complex<double> one, other;
    PackPair(mode(k), mode(m - k), {roots[At(k)], roots[At(k) + 8]}, one, other);
    z[At(m - k)] = other.re;
    z[At(m - k) + 8] = other.im;
    z[At(k)] = one.re;
    z[At(k) + 8] = one.im;
  }
}

}  // namespace flyball::lane_loops

#endif  // FLYBALL_PHYSICS_FIELD_LANE_PACKING_H_
