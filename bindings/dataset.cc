#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "bindings/bind.h"
#include "bindings/convert.h"
#include "envs/dataset/measure.h"
#include "envs/dataset/relabel.h"
#include "envs/dataset/rewrite.h"
#include "envs/dataset/shard_maker.h"
#include "envs/dataset/verify.h"
#include "physics/numeric/error.h"

namespace py = pybind11;

namespace flyball {
namespace {

using dataset::BatchPolicy;
using dataset::Dataset;
using Doubles = py::array_t<double, py::array::c_style | py::array::forcecast>;

// A Python object that worker threads may be the last to hold.
std::shared_ptr<py::object> Shared(py::object object) {
  return {new py::object(std::move(object)), [](py::object* held) {
            const py::gil_scoped_acquire acquire;
            delete held;
          }};
}

py::array ToArray(const Field& field, int64_t rows, std::span<const std::byte> bytes) {
  std::vector<py::ssize_t> shape = {static_cast<py::ssize_t>(rows)};
  shape.insert(shape.end(), field.shape.begin(), field.shape.end());
  py::array array(py::dtype(std::string(NameOf(field.dtype))), shape);
  if (!bytes.empty()) std::memcpy(array.mutable_data(), bytes.data(), bytes.size());
  return array;
}

py::dict ToPython(const dataset::Totals& totals) {
  py::dict dict;
  dict["episodes"] = totals.episodes;
  dict["steps"] = totals.steps;
  dict["content_hash"] = totals.content_hash;
  return dict;
}

py::dict ToPython(const dataset::Schema& schema, const dataset::Episode& episode,
                  const std::string& hash) {
  py::dict columns, dict;
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    const dataset::ColumnSchema& column = schema.columns[i];
    columns[py::str(column.name)] =
        ToArray(column.field, column.rows(episode.length), episode.columns[i]);
  }
  py::list states;
  for (size_t k = 0; k < episode.state_steps.size(); ++k) {
    const auto state = episode.state(k);
    states.append(py::bytes(reinterpret_cast<const char*>(state.data()), state.size()));
  }
  dict["index"] = episode.index;
  dict["length"] = episode.length;
  dict["seed"] = episode.seed;
  dict["hash"] = hash;
  dict["columns"] = columns;
  dict["state_steps"] = episode.state_steps;
  dict["states"] = states;
  return dict;
}

// A Python policy in C++: act(observations, steps, seeds, active) -> (actions, log probabilities or
// None), once a step for all rows; observations are a list of (N, ...) arrays, one a field.
BatchPolicy WrapPolicy(std::shared_ptr<py::object> act) {
  return [act](const VectorEnv& env, std::span<const uint8_t> active, std::span<double> actions,
               std::span<double> log_probabilities) {
    const py::gil_scoped_acquire acquire;
    const py::ssize_t rows = env.num_envs();
    py::list observations;
    for (const Column& column : env.columns().observation) {
      observations.append(
          ToArray(column.field(), rows, {column.row(0), column.row_bytes() * env.num_envs()}));
    }
    py::array_t<int64_t> steps(rows);
    py::array_t<uint64_t> seeds(rows);
    py::array_t<bool> running(rows);
    for (py::ssize_t row = 0; row < rows; ++row) {
      steps.mutable_at(row) = env.clocks()[row].step;
      seeds.mutable_at(row) = env.clocks()[row].seed;
      running.mutable_at(row) = active[row] != 0;
    }
    const py::tuple answer = (*act)(observations, steps, seeds, running);
    const auto result = Doubles::ensure(answer[0]);
    if (!result) throw py::error_already_set();
    if (result.size() != static_cast<py::ssize_t>(actions.size())) {
      throw InputError(env.spec().id + ", policy: " + std::to_string(result.size()) +
                       " numbers came back; " + std::to_string(rows) + " rows of " +
                       std::to_string(env.spec().action_size()) + " are needed");
    }
    std::memcpy(actions.data(), result.data(), actions.size_bytes());
    if (answer[1].is_none()) return;
    const auto densities = Doubles::ensure(answer[1]);
    if (!densities) throw py::error_already_set();
    if (densities.size() != rows) {
      throw InputError(env.spec().id + ", policy: " + std::to_string(densities.size()) +
                       " log-probabilities came back; " + std::to_string(rows) + " are needed");
    }
    std::memcpy(log_probabilities.data(), densities.data(), log_probabilities.size_bytes());
  };
}

// Lets Ctrl-C through, and tells Python if it wants to know.
dataset::Progress WrapProgress(const py::object& progress) {
  const auto held = Shared(progress);
  return [held](int64_t episodes, int64_t steps, int64_t total) {
    const py::gil_scoped_acquire acquire;
    if (PyErr_CheckSignals() != 0) throw py::error_already_set();
    if (!held->is_none()) (*held)(episodes, steps, total);
  };
}

dataset::PolicyFactory WrapFactory(const py::object& policy) {
  return [factory = Shared(policy)](const dataset::PolicyEntry& entry, const EnvSpec& spec,
                                    int num_rows) -> BatchPolicy {
    const py::gil_scoped_acquire acquire;
    if (!entry.is_python() && !entry.is_human()) return {};
    return WrapPolicy(Shared((*factory)(ToPython(entry.ToValue()), ToPython(spec), num_rows)));
  };
}

py::dict Generate(const std::string& folder, const py::dict& plan, int workers, int rows,
                  int64_t episodes_per_shard, int level, std::pair<int64_t, int64_t> part,
                  const py::object& policy, const py::object& progress) {
  dataset::GenerateSettings settings;
  settings.workers = workers;
  settings.rows = rows;
  settings.episodes_per_shard = episodes_per_shard;
  settings.level = level;
  std::tie(settings.part, settings.parts) = part;
  settings.progress = WrapProgress(progress);
  if (!policy.is_none()) settings.policy = WrapFactory(policy);
  const dataset::Plan native = dataset::Plan::FromValue(ToValue(plan, "plan"));
  dataset::Totals totals;
  {
    const py::gil_scoped_release release;
    totals = dataset::Generate(folder, native, settings);
  }
  return ToPython(totals);
}

// What the two ends of a gathering share: a plan, laid out in files.
struct Gathering {
  Gathering(const std::string& folder, const py::dict& plan, int64_t episodes_per_shard, int level,
            const py::object& policy, int workers = 1) {
    settings.workers = workers;
    settings.episodes_per_shard = episodes_per_shard;
    settings.level = level;
    if (!policy.is_none()) settings.policy = WrapFactory(policy);
    const dataset::Plan native = dataset::Plan::FromValue(ToValue(plan, "plan"));
    const py::gil_scoped_release release;
    dataset::CheckLevel(level);
    layout = dataset::LayoutOf(folder, native, settings);
  }
  dataset::GenerateSettings settings;
  dataset::Layout layout;
};

// Makes shards for a folder that another process writes.
struct ShardMaker : Gathering {
  ShardMaker(const py::dict& plan, int64_t episodes_per_shard, int level, const py::object& policy)
      : Gathering("", plan, episodes_per_shard, level, policy) {
    const py::gil_scoped_release release;
    maker = std::make_unique<dataset::ShardMaker>(layout, settings);
  }
  std::string Probe() {
    const py::gil_scoped_release release;
    return maker->Probe();
  }
  py::bytes Make(int64_t shard) {
    dataset::ByteVector bytes;
    {
      const py::gil_scoped_release release;
      bytes = maker->Make(shard);
    }
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::unique_ptr<dataset::ShardMaker> maker;
};

// Writes a folder whose shards are made elsewhere.
struct ShardWriter : Gathering {
  ShardWriter(const std::string& folder, const py::dict& plan, int64_t episodes_per_shard,
              int level, int workers, const py::object& policy)
      : Gathering(folder, plan, episodes_per_shard, level, policy, workers) {
    const py::gil_scoped_release release;
    writer = std::make_unique<dataset::Writer>(folder, layout, level);
    if (!writer->missing().empty()) dataset::CheckSameNumerics(*writer, settings);
  }
  void Adopt(int64_t shard, const py::bytes& bytes) {
    const std::string_view text = bytes;
    const py::gil_scoped_release release;
    writer->Adopt(shard, std::as_bytes(std::span(text)));
  }
  std::unique_ptr<dataset::Writer> writer;
};

// Lengths, total rewards and policies of a plan's episodes, as arrays.
py::tuple Measure(const py::dict& plan, int workers, int rows, const py::object& policy) {
  dataset::GenerateSettings settings;
  settings.workers = workers;
  settings.rows = rows;
  settings.progress = WrapProgress(py::none());
  if (!policy.is_none()) settings.policy = WrapFactory(policy);
  const dataset::Plan native = dataset::Plan::FromValue(ToValue(plan, "plan"));
  std::vector<dataset::Outcome> outcomes;
  {
    const py::gil_scoped_release release;
    outcomes = dataset::Measure(native, settings);
  }
  const py::ssize_t count = static_cast<py::ssize_t>(outcomes.size());
  py::array_t<int64_t> lengths(count), policies(count);
  py::array_t<double> totals(count);
  for (py::ssize_t i = 0; i < count; ++i) {
    lengths.mutable_at(i) = outcomes[i].length;
    totals.mutable_at(i) = outcomes[i].total_reward;
    policies.mutable_at(i) = outcomes[i].policy;
  }
  return py::make_tuple(lengths, totals, policies);
}

py::dict Verify(const std::string& folder, bool replay, double tolerance, int workers, int rows,
                const py::object& progress) {
  const dataset::VerifySettings settings = {.replay = replay,
                                            .tolerance = tolerance,
                                            .workers = workers,
                                            .rows = rows,
                                            .progress = WrapProgress(progress)};
  dataset::Report report;
  {
    const py::gil_scoped_release release;
    report = dataset::Verify(folder, settings);
  }
  py::list problems;
  for (const dataset::Problem& problem : report.problems) {
    problems.append(py::make_tuple(problem.episode, problem.step, problem.text));
  }
  py::dict dict = ToPython(report.totals);
  dict["problems"] = problems;
  return dict;
}

dataset::RewriteSettings RewriteSettingsOf(int level, int64_t episodes_per_shard, int workers,
                                           const py::object& progress) {
  return {.level = level,
          .episodes_per_shard = episodes_per_shard,
          .workers = workers,
          .progress = WrapProgress(progress)};
}

py::dict Merge(const std::vector<std::string>& sources, const std::string& folder, bool partial,
               int level, int64_t episodes_per_shard, int workers, const py::object& progress) {
  const auto settings = RewriteSettingsOf(level, episodes_per_shard, workers, progress);
  const std::vector<std::filesystem::path> paths(sources.begin(), sources.end());
  dataset::Totals totals;
  {
    const py::gil_scoped_release release;
    totals = dataset::Merge(paths, folder, partial, settings);
  }
  return ToPython(totals);
}

py::dict Select(const std::string& source, const std::vector<int64_t>& episodes,
                const std::string& folder, const py::object& rule, int level,
                int64_t episodes_per_shard, int workers, const py::object& progress) {
  const auto settings = RewriteSettingsOf(level, episodes_per_shard, workers, progress);
  const Value native_rule = ToValue(rule, "rule");
  dataset::Totals totals;
  {
    const py::gil_scoped_release release;
    totals = dataset::Select(source, episodes, folder, native_rule, settings);
  }
  return ToPython(totals);
}

py::dict Relabel(const std::string& source, const std::string& folder, const std::string& id,
                 const py::dict& options, const py::dict& reset, double tolerance, int workers,
                 const py::object& progress) {
  const dataset::RelabelSettings settings = {.id = id,
                                             .options = ToOptions(options),
                                             .reset = ToValue(reset, "reset").AsDict(),
                                             .tolerance = tolerance,
                                             .workers = workers,
                                             .progress = WrapProgress(progress)};
  dataset::Totals totals;
  {
    const py::gil_scoped_release release;
    totals = dataset::Relabel(source, folder, settings);
  }
  return ToPython(totals);
}

// `reward` takes an episode as read_shard gives it.
py::dict ReplaceRewards(const std::string& source, const std::string& folder,
                        const std::string& name, const py::function& reward) {
  return ToPython(dataset::ReplaceRewards(
      source, folder, name,
      [&](const dataset::Schema& schema, const dataset::Episode& episode, const std::string& hash) {
        if (PyErr_CheckSignals() != 0) throw py::error_already_set();
        const auto rewards = Doubles::ensure(reward(ToPython(schema, episode, hash)));
        if (!rewards) throw py::error_already_set();
        return std::vector<double>(rewards.data(), rewards.data() + rewards.size());
      }));
}

}  // namespace

void BindDataset(py::module_& module) {
  py::class_<Dataset>(module, "Dataset")
      .def(py::init([](const std::string& folder) { return Dataset::Open(folder); }))
      .def_property_readonly("plan",
                             [](const Dataset& d) { return ToPython(d.layout().plan.ToValue()); })
      .def_property_readonly("plan_hash", [](const Dataset& d) { return d.layout().plan_hash; })
      .def_property_readonly("schema",
                             [](const Dataset& d) { return ToPython(d.layout().schema.ToValue()); })
      .def_property_readonly("num_shards", [](const Dataset& d) { return d.layout().num_shards(); })
      .def_property_readonly("episodes_per_shard",
                             [](const Dataset& d) { return d.layout().episodes_per_shard; })
      .def_property_readonly("num_episodes",
                             [](const Dataset& d) { return d.layout().num_episodes(); })
      .def_property_readonly("selection", [](const Dataset& d) { return d.layout().selection; })
      .def_property_readonly("origin", [](const Dataset& d) { return ToPython(d.layout().origin); })
      .def_property_readonly("history",
                             [](const Dataset& d) { return ToPython(d.layout().history); })
      .def_property_readonly("complete", &Dataset::complete)
      .def("totals", [](const Dataset& d) { return ToPython(d.Sum()); })
      .def("read_shard", [](const Dataset& d, int64_t k) {
        const dataset::Shard shard = d.ReadShard(k);
        py::list episodes;
        for (size_t i = 0; i < shard.episodes.size(); ++i) {
          episodes.append(ToPython(shard.schema, shard.episodes[i], shard.hashes[i]));
        }
        return episodes;
      });
  // The plan with everything filled in and checked, and its hash.
  module.def("resolve_plan", [](const py::dict& plan) {
    const dataset::Plan resolved = dataset::Plan::FromValue(ToValue(plan, "plan")).Resolve();
    return py::make_tuple(ToPython(resolved.ToValue()), resolved.Hash());
  });
  // Which of the plan's policies plays each of the first `count` episodes.
  module.def("plan_policies", [](const py::dict& plan, int64_t count) {
    const dataset::Plan native = dataset::Plan::FromValue(ToValue(plan, "plan"));
    std::vector<int> policies;
    for (int64_t i = 0; i < std::min(count, native.episodes); ++i) {
      policies.push_back(native.PolicyOf(i));
    }
    return policies;
  });
  py::class_<ShardMaker>(module, "ShardMaker")
      .def(py::init<const py::dict&, int64_t, int, const py::object&>())
      .def("probe", &ShardMaker::Probe)
      .def("make", &ShardMaker::Make);
  py::class_<ShardWriter>(module, "ShardWriter")
      .def(py::init<const std::string&, const py::dict&, int64_t, int, int, const py::object&>())
      .def_property_readonly("missing", [](const ShardWriter& w) { return w.writer->missing(); })
      .def_property_readonly("num_episodes",
                             [](const ShardWriter& w) { return w.layout.plan.episodes; })
      .def_property_readonly(
          "episodes_per_shard",
          [](const ShardWriter& w) { return w.writer->layout().episodes_per_shard; })
      .def("adopt", &ShardWriter::Adopt)
      .def("sums",
           [](const ShardWriter& w, int64_t shard) {  // episodes and steps of a shard
             const dataset::ShardSums& sums = w.writer->sums().at(shard);
             return py::make_tuple(sums.hashes.size(), sums.steps);
           })
      .def("totals", [](const ShardWriter& w) { return ToPython(w.writer->Sum()); });
  module.def("measure_plan", &Measure);
  module.def("generate_dataset", &Generate);
  module.def("verify_dataset", &Verify);
  module.def("merge_datasets", &Merge);
  module.def("select_episodes", &Select);
  module.def("relabel_dataset", &Relabel);
  module.def("replace_rewards", &ReplaceRewards);
}

}  // namespace flyball
