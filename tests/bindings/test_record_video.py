"""Gymnasium's RecordVideo, on one environment and on native rows."""

import shutil
import subprocess
import sys
import types

import numpy as np
import pytest
from bindings.helpers import make, make_vec
from flyball import film
from gymnasium.wrappers import RecordVideo
from gymnasium.wrappers.vector import RecordVideo as RecordVideos

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg here")
SMALL = {"render_mode": "rgb_array", "width": 96, "height": 64}


@pytest.fixture(params=["stand-in", "moviepy"])
def moviepy(request, monkeypatch):
    """MoviePy, by which Gymnasium writes; or, as it holds Pillow back, the part it asks of it."""
    if request.param == "moviepy":
        pytest.importorskip("moviepy")
        return request.param

    class Clip:
        def __init__(self, frames, fps):
            self.frames, self.fps = frames, fps

        def write_videofile(self, path, logger=None):
            film._write_mp4(film.Path(path), iter(self.frames), self.fps)

    names = ["moviepy", "moviepy.video", "moviepy.video.io", "moviepy.video.io.ImageSequenceClip"]
    for name in names:
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    sys.modules[names[-1]].ImageSequenceClip = Clip
    return request.param


def shown(path):
    """Width, height, pictures a second and number of pictures of a film."""
    probe = ["ffprobe", "-v", "error", "-count_frames", "-show_entries",
             "stream=width,height,r_frame_rate,nb_read_frames", "-of", "csv=p=0"]  # fmt: skip
    said = subprocess.run([*probe, path], capture_output=True, text=True, check=True).stdout
    width, height, rate, count = said.strip().split(",")
    return int(width), int(height), rate, int(count)


@needs_ffmpeg
@pytest.mark.parametrize(("env_id", "rate"), [("Linear-he1-v1", "10/1"), ("QuadHover-v1", "30/1")])
def test_one_environment(env_id, rate, tmp_path, moviepy):
    env = make(env_id, **SMALL)
    env = RecordVideo(env, str(tmp_path / "video"), episode_trigger=lambda episode: episode == 1)
    for seed in range(2):
        env.reset(seed=seed)
        for _ in range(5):
            env.step(env.action_space.sample())
    env.close()
    (video,) = (tmp_path / "video").glob("*.mp4")
    assert "episode-1" in video.name
    *form, count = shown(video)
    assert form == [96, 64, rate]
    # The reset's picture, and each step's; MoviePy itself loses the last to rounding at some rates.
    assert count in ((5, 6) if moviepy == "moviepy" else (6,))


@needs_ffmpeg
def test_rows_of_a_vector_environment(tmp_path, moviepy):
    envs = make_vec("PandaReach-v1", 4, **SMALL)
    envs = RecordVideos(
        envs, str(tmp_path / "video"), step_trigger=lambda step: step == 1, video_length=5, fps=25
    )
    envs.reset(seed=0)
    for _ in range(8):
        envs.step(np.zeros((4, 3), np.float32))
    envs.close()
    (video,) = (tmp_path / "video").glob("*.mp4")
    width, height, rate, count = shown(video)
    assert (width * height, rate) == (4 * 96 * 64, "25/1")  # all four rows
    assert count >= 5


def test_without_pictures_it_is_refused(tmp_path, moviepy):
    with pytest.raises(ValueError, match="Render mode is None"):
        RecordVideo(make("Linear-he1-v1"), str(tmp_path))
    with pytest.raises(ValueError, match="Render mode is None"):
        RecordVideos(make_vec("Linear-he1-v1", 2), str(tmp_path))
