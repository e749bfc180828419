#include "render/viewer/keys.h"

namespace flyball {
namespace {

constexpr KeyGroup kRun = KeyGroup::kRun, kView = KeyGroup::kView;

constexpr ViewerKey kKeys[] = {
    {' ', "Space", "pause", "pause, or go on", kRun},
    {'.', ".", "step", "pause, and make one step", kRun},
    {'-', "-", "slower", "half the speed", kRun},
    {'=', "=", "faster", "twice the speed", kRun},
    {259, "Backspace", "reset", "start again from the same seed", kRun},
    {'N', "N", "next_seed", "start from the next seed", kRun},
    {291, "F2", "engine", "go on in the other engine, from the same state", kRun},
    {292, "F3", "pilot", "the next pilot: keyboard, or a policy", kRun},
    {293, "F4", "record", "start again and record every episode that ends; again: stop", kRun},
    {'[', "[", "group_down", "teleoperation: the numbers before", kRun},
    {']', "]", "group_up", "teleoperation: the numbers after", kRun},
    {290, "F1", "help", "show or hide the keys", kView},
    {258, "Tab", "panels", "show or hide the panels", kView},
    {263, "Left", "orbit_left", "orbit (also: drag left; Shift: pan)", kView},
    {262, "Right", "orbit_right", "orbit", kView},
    {265, "Up", "orbit_up", "orbit", kView},
    {264, "Down", "orbit_down", "orbit", kView},
    {266, "PageUp", "zoom_in", "nearer (also: wheel)", kView},
    {267, "PageDown", "zoom_out", "farther", kView},
    {268, "Home", "home", "the view it began with", kView},
    {'T', "T", "track", "follow the next body that moves (a drone), after the last none", kView},
    {'C', "C", "contacts", "contact points", kView},
    {'V', "V", "forces", "contact forces", kView},
    {'X', "X", "frames", "frames of the world and of moving bodies", kView},
    {'B', "B", "shadows", "shadows", kView},
    {'G', "G", "cameras", "pictures of the model's cameras, inset", kView},
    {256, "Escape", "close", "close the window", kView},
};

constexpr KeyPair kTeleop[] = {{'W', 'S'}, {'A', 'D'}, {'E', 'Q'},
                               {'I', 'K'}, {'J', 'L'}, {'U', 'O'}};

}  // namespace

std::span<const ViewerKey> ViewerKeys() { return kKeys; }
std::span<const KeyPair> TeleopKeys() { return kTeleop; }

}  // namespace flyball
