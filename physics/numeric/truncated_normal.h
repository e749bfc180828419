// A normal distribution cut to an interval, drawn by its quantile function: one uniform makes one
// number, however unlikely the interval is, so that what is drawn next does not depend on it.
#ifndef FLYBALL_PHYSICS_NUMERIC_TRUNCATED_NORMAL_H_
#define FLYBALL_PHYSICS_NUMERIC_TRUNCATED_NORMAL_H_

namespace flyball {

class TruncatedNormal {
 public:
  // The normal distribution of `mean` and `deviation` (above 0), given that it falls in
  // [low, high]. Throws InputError if that has no probability in double precision (farther than 37
  // deviations from the mean) or low is not below high.
  TruncatedNormal(double mean, double deviation, double low, double high);

  // The number below which a part `u`, in [0, 1), of the distribution lies; in [low, high].
  double Quantile(double u) const;

 private:
  double mean_, deviation_, low_, high_;
  // Probabilities are those of the lower tail, which keeps its digits where the upper loses them: an
  // interval that lies above the mean is mirrored.
  bool mirrored_;
  double at_low_, at_high_;  // of what is below the interval's ends, mirrored or not
};

}  // namespace flyball

#endif  // FLYBALL_PHYSICS_NUMERIC_TRUNCATED_NORMAL_H_
