#include "physics/world/scene.h"

#include <mujoco/mujoco.h>

#include <filesystem>
#include <fstream>

#include "physics/numeric/error.h"
#include "tests/physics/world/world_fixture.h"

namespace flyball::test {
namespace {

using Catch::Matchers::Contains;

// A file in the temporary folder, gone at the end of the test.
struct TemporaryFile {
  TemporaryFile(const std::string& name, const std::string& text)
      : path((std::filesystem::temp_directory_path() / name).string()) {
    std::ofstream(path) << text;
  }
  ~TemporaryFile() { std::filesystem::remove(path); }
  std::string path;
};

TEST_CASE("a broken MJCF file is refused with file, line and reason", "[world][scene]") {
  const TemporaryFile file("flyball_broken.xml",
                           "<mujoco>\n  <worldbody>\n    <geom type=\"sphere\" sizes=\"1\"/>\n"
                           "  </worldbody>\n</mujoco>\n");
  CHECK_THROWS_AS(Scene::FromFile(file.path), DataError);
  CHECK_THROWS_WITH(Scene::FromFile(file.path), Contains(file.path));
  CHECK_THROWS_WITH(Scene::FromFile(file.path), Contains("line 3"));
  CHECK_THROWS_WITH(Scene::FromFile(file.path), Contains("sizes"));

  // Text that is not XML at all, and a body that cannot be compiled.
  const TemporaryFile cut("flyball_cut.xml", "<mujoco>\n  <worldbody>\n");
  CHECK_THROWS_AS(Scene::FromFile(cut.path), DataError);
  const TemporaryFile massless("flyball_massless.xml",
                               "<mujoco>\n<worldbody>\n<body name=\"ghost\">\n<freejoint/>\n"
                               "</body>\n</worldbody>\n</mujoco>\n");
  CHECK_THROWS_AS(Scene::FromFile(massless.path), DataError);
  CHECK_THROWS_WITH(Scene::FromFile(massless.path), Contains("ghost") && Contains("line 3"));

  CHECK_THROWS_WITH(Scene::FromFile("/nowhere/arm.xml"), Contains("/nowhere/arm.xml"));
  CHECK_THROWS_AS(Scene::FromString("<mujoco><worldbdy/></mujoco>"), DataError);
}

TEST_CASE("names are looked up, and a wrong one is answered with the nearest", "[world][scene]") {
  const auto scene = Scene::FromString(BoxOnPlane("<camera name=\"front\" pos=\"1 0 0\"/>"));
  CHECK(scene->Id(Element::kBody, "box") == 1);
  CHECK(scene->Id(Element::kGeom, "floor") == 0);
  CHECK(scene->Names(Element::kGeom) == std::vector<std::string>{"floor", "box"});
  CHECK(scene->Names(Element::kKeyframe).empty());
  CHECK_THROWS_AS(scene->Id(Element::kCamera, "frnt"), InputError);
  CHECK_THROWS_WITH(scene->Id(Element::kCamera, "frnt"),
                    Contains("camera 'frnt'") && Contains("did you mean 'front'"));
}

TEST_CASE("URDF compiles to the same kind of scene", "[world][scene]") {
  const std::string urdf = R"(<?xml version="1.0"?>
  <!-- an <arm> --><robot name="arm">
    <link name="base"/>
    <link name="rod">
      <inertial><origin xyz="0 0 0.5"/><mass value="2"/>
        <inertia ixx="0.1" iyy="0.2" izz="0.15" ixy="0" ixz="0" iyz="0"/></inertial>
      <visual><geometry><sphere radius="0.1"/></geometry></visual>
      <collision><geometry><sphere radius="0.1"/></geometry></collision></link>
    <joint name="hinge" type="revolute"><parent link="base"/><child link="rod"/>
      <origin xyz="0 0 1"/><axis xyz="0 1 0"/><limit lower="-1" upper="2" effort="5" velocity="1"/>
    </joint>
    <link name="tool"/>
    <joint name="flange" type="fixed"><parent link="rod"/><child link="tool"/>
      <origin xyz="0 0 1"/></joint></robot>)";
  const auto scene = Scene::FromString(urdf);
  const mjModel& model = scene->model();
  REQUIRE(model.nv == 1);
  const int rod = scene->Id(Element::kBody, "rod");
  CHECK(model.body_mass[rod] == 2);
  CHECK(model.body_ipos[3 * rod + 2] == 0.5);
  const int hinge = scene->Id(Element::kJoint, "hinge");
  CHECK(model.jnt_range[2 * hinge] == -1);
  CHECK(model.jnt_range[2 * hinge + 1] == 2);
  // A fixed link keeps its name and place.
  const auto world = MakeWorld(scene, Engine::kMujoco);
  CHECK(world->BodyPose(scene->Id(Element::kBody, "tool")).p_W[2] == Approx(2));
}

TEST_CASE("an edit changes the spec before it is compiled", "[world][scene]") {
  const auto plain = Scene::FromString(BoxOnPlane());
  const auto edited = Scene::FromString(BoxOnPlane(), [](mjSpec* spec) {
    mjsBody* world = mjs_findBody(spec, "world");
    mjsSite* site = mjs_addSite(world, nullptr);
    mjs_setName(site->element, "goal");
  });
  CHECK(edited->Id(Element::kSite, "goal") == 0);
  CHECK(plain->hash() != edited->hash());
  CHECK(plain->hash() == Scene::FromString(BoxOnPlane())->hash());
  // What an edit throws comes out as it is.
  CHECK_THROWS_AS(Scene::FromString(BoxOnPlane(), [](mjSpec*) { throw InputError("no"); }),
                  InputError);
}

TEST_CASE("a diverged simulation is never reset silently", "[world][scene]") {
  CHECK(Scene::FromString(BoxOnPlane())->model().opt.disableflags & mjDSBL_AUTORESET);
}

}  // namespace
}  // namespace flyball::test
