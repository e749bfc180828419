// Counts heap allocations of the calling thread, whoever makes them: malloc itself is counted, so
// operator new, MuJoCo, Bullet and Eigen are all seen.
#ifndef FLYBALL_TESTS_ALLOCATIONS_H_
#define FLYBALL_TESTS_ALLOCATIONS_H_

namespace flyball::test {

// False under sanitizers, which bring their own malloc: the count then stays 0.
bool CountsAllocations();
// Allocations of this thread since it began.
long Allocations();

}  // namespace flyball::test

#endif  // FLYBALL_TESTS_ALLOCATIONS_H_
