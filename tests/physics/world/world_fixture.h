// Scenes and helpers for tests that every engine must pass.
#ifndef FLYBALL_TESTS_PHYSICS_WORLD_WORLD_FIXTURE_H_
#define FLYBALL_TESTS_PHYSICS_WORLD_WORLD_FIXTURE_H_

#include <catch2/catch.hpp>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "physics/world/world.h"

namespace flyball::test {

// Use as: const Engine engine = GENERATE(from_range(AvailableEngines())); INFO(EngineName(engine));
inline std::unique_ptr<World> MakeWorld(std::shared_ptr<const Scene> scene, Engine engine,
                                        WorldSettings settings = {}) {
  settings.engine = engine;
  return World::Make(std::move(scene), settings);
}

inline std::vector<std::byte> Save(World& world) {
  std::vector<std::byte> bytes;
  StateSaver saver(bytes);
  world.VisitState(saver);
  return bytes;
}

inline void Load(World& world, const std::vector<std::byte>& bytes) {
  StateLoader loader(bytes);
  world.VisitState(loader);
  REQUIRE(loader.remaining() == 0);
}

inline std::vector<double> Copy(std::span<const double> values) {
  return {values.begin(), values.end()};
}

// Equal to the last bit: 0.0 and -0.0 differ, a NaN equals itself.
inline bool SameBits(std::span<const double> a, std::span<const double> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

inline bool SameState(const World& a, const World& b) {
  return SameBits(a.qpos(), b.qpos()) && SameBits(a.qvel(), b.qvel());
}

// A cube of half edge 0.05 m and 1 kg over a plane; friction 0.4; stiff contacts, elliptic cones.
inline std::string BoxOnPlane(const std::string& extra = "") {
  return R"(<mujoco>
    <option timestep="0.002" cone="elliptic" impratio="10"/>
    <default><geom solref="0.004 1" solimp="0.95 0.99 0.001" friction="0.4 0.005 0.0001"/></default>
    <worldbody>
      <geom name="floor" type="plane" size="0 0 1"/>
      <body name="box" pos="0 0 0.05"><freejoint name="box"/>
        <geom name="box" type="box" size="0.05 0.05 0.05" mass="1"/>
        <site name="corner" pos="0.05 0.05 0.05"/></body>)" +
         extra + "</worldbody></mujoco>";
}

// A double pendulum without loss; hinges about y, rods of 0.5 m with 1 kg at the end.
inline const char* DoublePendulum() {
  return R"(<mujoco><option timestep="0.0005"/>
    <worldbody><body name="upper"><joint name="shoulder" type="hinge" axis="0 1 0"/>
      <inertial pos="0 0 -0.5" mass="1" diaginertia="1e-3 1e-3 1e-3"/>
      <body name="lower" pos="0 0 -0.5"><joint name="elbow" type="hinge" axis="0 1 0"/>
        <inertial pos="0 0 -0.5" mass="1" diaginertia="1e-3 1e-3 1e-3"/>
        <site name="tip" pos="0 0 -0.5"/></body></body></worldbody></mujoco>)";
}

// Thirty bodies that fall on each other: boxes, octahedra (hulls of a mesh), spheres and capsules.
inline std::string Pile() {
  std::string xml = R"(<mujoco><option timestep="0.002" cone="elliptic"/>
    <default><geom friction="0.5 0.005 0.0001"/></default>
    <asset><mesh name="octahedron" scale="0.06 0.05 0.07"
      vertex="1 0 0 -1 0 0 0 1 0 0 -1 0 0 0 1 0 0 -1"/></asset>
    <worldbody><geom type="plane" size="0 0 1"/>)";
  const char* shapes[] = {R"(type="box" size="0.05 0.04 0.03")", R"(type="mesh" mesh="octahedron")",
                          R"(type="box" size="0.03 0.03 0.06")", R"(type="sphere" size="0.04")",
                          R"(type="capsule" size="0.03 0.04")"};
  for (int i = 0; i < 30; ++i) {
    // Three columns, each body turned and shifted a little more than the one below it.
    const double x = 0.12 * (i % 3) + 0.003 * i, y = 0.02 * (i % 2), z = 0.08 + 0.11 * (i / 3);
    xml += "<body pos=\"" + std::to_string(x) + " " + std::to_string(y) + " " + std::to_string(z) +
           "\" euler=\"" + std::to_string(7 * i) + " " + std::to_string(3 * i) +
           " 0\"><freejoint/><geom mass=\"0.3\" " + shapes[i % 5] + "/></body>";
  }
  return xml + "</worldbody></mujoco>";
}

}  // namespace flyball::test

#endif  // FLYBALL_TESTS_PHYSICS_WORLD_WORLD_FIXTURE_H_
