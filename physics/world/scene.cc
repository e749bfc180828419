#include "physics/world/scene.h"

#include <mujoco/mujoco.h>

#include <cstring>
#include <limits>

#include "physics/numeric/error.h"
#include "physics/numeric/text_file.h"
#include "physics/world/mujoco/guard.h"

namespace flyball {
namespace {

struct ElementKind {
  Element element;
  int object;        // mjtObj
  const char* what;  // in messages
};

ElementKind KindOf(Element element) {
  switch (element) {
    case Element::kBody:
      return {element, mjOBJ_BODY, "body"};
    case Element::kJoint:
      return {element, mjOBJ_JOINT, "joint"};
    case Element::kGeom:
      return {element, mjOBJ_GEOM, "geom"};
    case Element::kSite:
      return {element, mjOBJ_SITE, "site"};
    case Element::kActuator:
      return {element, mjOBJ_ACTUATOR, "actuator"};
    case Element::kCamera:
      return {element, mjOBJ_CAMERA, "camera"};
    case Element::kLight:
      return {element, mjOBJ_LIGHT, "light"};
    case Element::kKeyframe:
      return {element, mjOBJ_KEY, "keyframe"};
  }
  throw InputError("not an Element: " + std::to_string(static_cast<int>(element)));
}

int Count(const mjModel& model, Element element) {
  switch (element) {
    case Element::kBody:
      return static_cast<int>(model.nbody);
    case Element::kJoint:
      return static_cast<int>(model.njnt);
    case Element::kGeom:
      return static_cast<int>(model.ngeom);
    case Element::kSite:
      return static_cast<int>(model.nsite);
    case Element::kActuator:
      return static_cast<int>(model.nactuator);
    case Element::kCamera:
      return static_cast<int>(model.ncam);
    case Element::kLight:
      return static_cast<int>(model.nlight);
    case Element::kKeyframe:
      return static_cast<int>(model.nkey);
  }
  return 0;
}

// 64-bit FNV-1a over 8-byte words and the tail: a content hash, not a cryptographic one.
uint64_t HashBytes(const std::vector<std::byte>& bytes) {
  constexpr uint64_t kPrime = 1099511628211ull;
  uint64_t hash = 14695981039346656037ull;
  size_t i = 0;
  for (; i + 8 <= bytes.size(); i += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + i, 8);
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 32;
  }
  for (; i < bytes.size(); ++i) hash = (hash ^ static_cast<uint64_t>(bytes[i])) * kPrime;
  return hash;
}

// MuJoCo's messages carry line breaks and may end in one.
std::string OneLine(std::string text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back()))) text.pop_back();
  std::string line;
  for (char c : text) {
    if (c == '\n') {
      if (!line.empty() && line.back() != ' ') line += "; ";
    } else {
      line += c;
    }
  }
  return line;
}

// Whether the first element of an XML text is URDF's <robot>.
bool IsUrdf(std::string_view xml) {
  for (size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    if (xml.compare(at, 4, "<!--") == 0) {
      at = xml.find("-->", at);
      if (at == std::string_view::npos) return false;
    } else if (at + 1 < xml.size() && xml[at + 1] != '?' && xml[at + 1] != '!') {
      return xml.compare(at, 6, "<robot") == 0;
    }
  }
  return false;
}

using SpecPointer = std::unique_ptr<mjSpec, void (*)(mjSpec*)>;

// Compiles the parsed spec into a model whose failures are ours to see.
mjModel* Compile(SpecPointer spec, bool urdf, const std::string& origin, const Scene::Edit& edit) {
  // MuJoCo would fuse a URDF's fixed links into their parents; their names are what tasks refer to
  // (a tool frame, a camera mount). An edit can ask for it again.
  if (urdf) spec->compiler.fusestatic = 0;
  if (edit) {
    const ErrorsThrow errors(origin);
    edit(spec.get());
  }
  mjModel* model = nullptr;
  mjSpec* raw = spec.get();
  Guarded(origin.c_str(), [&] { model = mj_compile(raw, nullptr); });
  if (model == nullptr) throw DataError(origin + ": " + OneLine(mjs_getError(raw)));
  // MuJoCo would silently put a diverged simulation back to its start; a row must report it instead.
  model->opt.disableflags |= mjDSBL_AUTORESET;
  return model;
}

template <class Parse>
SpecPointer ParseSpec(const std::string& origin, const Parse& parse) {
  char error[1024] = "";
  mjSpec* spec = nullptr;
  Guarded(origin.c_str(), [&] { spec = parse(error, static_cast<int>(sizeof(error))); });
  if (spec == nullptr) throw DataError(origin + ": " + OneLine(error));
  return SpecPointer(spec, &mj_deleteSpec);
}

}  // namespace

std::shared_ptr<const Scene> Scene::FromFile(const std::string& path, const Edit& edit) {
  const std::optional<std::string> xml = ReadTextFile(path);
  if (!xml) throw DataError(path + ": there is no such file, or it cannot be read");
  SpecPointer spec = ParseSpec(
      path, [&](char* error, int size) { return mj_parseXML(path.c_str(), nullptr, error, size); });
  return std::shared_ptr<const Scene>(
      new Scene(Compile(std::move(spec), IsUrdf(*xml), path, edit)));
}

std::shared_ptr<const Scene> Scene::FromString(const std::string& xml, const Edit& edit) {
  const std::string origin = "model text";
  SpecPointer spec = ParseSpec(origin, [&](char* error, int size) {
    return mj_parseXMLString(xml.c_str(), nullptr, error, size);
  });
  return std::shared_ptr<const Scene>(
      new Scene(Compile(std::move(spec), IsUrdf(xml), origin, edit)));
}

Scene::Scene(mjModel* model) : model_(model) {
  std::vector<std::byte> bytes(static_cast<size_t>(mj_sizeModel(model)));
  mj_saveModel(model, nullptr, bytes.data(), static_cast<mjtSize>(bytes.size()));
  hash_ = HashBytes(bytes);
}

Scene::~Scene() { mj_deleteModel(model_); }

size_t Scene::memory_bytes() const {
  return sizeof(mjModel) + static_cast<size_t>(model_->nbuffer);
}

int Scene::JointAddress(int joint) const { return model_->jnt_qposadr[joint]; }

int Scene::JointDof(int joint) const { return model_->jnt_dofadr[joint]; }

std::pair<double, double> Scene::JointRange(int joint) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (!model_->jnt_limited[joint]) return {-kInfinity, kInfinity};
  return {model_->jnt_range[2 * joint], model_->jnt_range[2 * joint + 1]};
}

int Scene::Id(Element element, std::string_view name) const {
  const ElementKind kind = KindOf(element);
  const int id = mj_name2id(model_, kind.object, std::string(name).c_str());
  if (id < 0) {
    std::vector<std::string> known;
    for (std::string& one : Names(element)) {
      if (!one.empty()) known.push_back(std::move(one));
    }
    throw InputError(UnknownName(kind.what, name, known));
  }
  return id;
}

std::vector<std::string> Scene::Names(Element element) const {
  const ElementKind kind = KindOf(element);
  std::vector<std::string> names(static_cast<size_t>(Count(*model_, element)));
  for (size_t i = 0; i < names.size(); ++i) {
    if (const char* name = mj_id2name(model_, kind.object, static_cast<int>(i))) names[i] = name;
  }
  return names;
}

}  // namespace flyball
