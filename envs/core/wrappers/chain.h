// WrapperChain: the wrappers of one environment, made from its option `wrap`.
#ifndef FLYBALL_ENVS_CORE_WRAPPERS_CHAIN_H_
#define FLYBALL_ENVS_CORE_WRAPPERS_CHAIN_H_

#include <memory>
#include <string>
#include <vector>

#include "envs/core/wrappers/wrapper.h"

namespace flyball {

inline constexpr const char* kWrappersOption = "wrap";
inline constexpr const char* kEpisodeIndex = "episode_index";      // of reset(options=)
inline constexpr const char* kReceivedAction = "received_action";  // info: what the plant was given

// Every type that can be named, with its options.
const std::vector<WrapperType>& WrapperTypes();

// A list of {"type": ..., option: ...}, checked, with all defaults filled in. Throws InputError
// naming the place, the option and the nearest name.
List ResolveWrappers(const List& given, const std::string& id);

struct WrapperChain {
  std::vector<std::unique_ptr<Wrapper>> wrappers;  // the first is next to the plant
  std::vector<int> observation_sizes;              // before each, and after the last
  std::vector<int> info_begins;                    // of each in all info, and the total
  bool shows_action = false;                       // kReceivedAction is behind the plant's own info
  int reset_episode = -1;                          // index of kEpisodeIndex in spec.reset, or -1
};

// Makes what `spec.options` lists and turns `spec`, the plant's, into what is shown outside.
WrapperChain MakeWrappers(EnvSpec& spec, const List& resolved);

// Whether options ask for any.
bool HasWrappers(const Options& options);
Options WithoutWrappers(const Options& options);
// The plant's own spec, of one with wrappers or without: what baselines see and know.
EnvSpec SpecOfPlant(const EnvSpec& spec);

}  // namespace flyball

#endif  // FLYBALL_ENVS_CORE_WRAPPERS_CHAIN_H_
