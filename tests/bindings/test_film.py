"""Pictures and films of runs, from Python and from the command line."""

import shutil
import stat
import subprocess

import flyball
import numpy as np
import pytest
from flyball import datasets, film, gif, png
from flyball.cli import main

PMSM = "Motor-Cont-CC-PMSM-v1"
SMALL = ["--width", "96", "--height", "64"]

PIL = pytest.importorskip("PIL.Image")


def frames_of(path):
    with PIL.open(path) as image:
        pictures = []
        for i in range(image.n_frames):
            image.seek(i)
            pictures.append(np.asarray(image.convert("RGB")))
    return pictures


def test_a_film_holds_every_picture_of_the_run(tmp_path):
    take = film.Take("Linear-he1-v1", seed=3)
    # 10 Hz: real time, every step.
    assert film.save([take], tmp_path / "a.gif", steps=25, width=96, height=64) == 26
    shown = frames_of(tmp_path / "a.gif")
    assert len(shown) == 26
    assert shown[0].shape == (64, 96, 3)
    assert not np.array_equal(shown[0], shown[-1])
    expected = list(film.pictures(take, 25, 1, 96, 64))
    assert len(expected) == 26
    # A picture is what the environment draws; GIF keeps 256 colours of it.
    assert np.abs(expected[-1].astype(int) - shown[-1]).mean() < 4


def test_gif_shows_what_was_drawn(tmp_path):
    """Few colours: each picture is exactly what it was, whether much of it changes or nothing."""
    rng = np.random.default_rng(2)
    colours = rng.integers(0, 256, (30, 3), dtype=np.uint8)
    pictures = [colours[rng.integers(0, 30, (20, 31))]]
    for rows, columns in [
        ((3, 9), (4, 30)),
        ((0, 0), (0, 0)),
        ((0, 20), (0, 31)),
        ((19, 20), (30, 31)),
    ]:
        picture = pictures[-1].copy()
        part = picture[slice(*rows), slice(*columns)]
        part[:] = colours[rng.integers(0, 30, part.shape[:2])]
        pictures.append(picture)
    path = tmp_path / "a.gif"
    with path.open("wb") as file:
        assert gif.write(file, iter(pictures), 7) == 5
    shown = frames_of(path)
    assert len(shown) == 5
    for drawn, seen in zip(pictures, shown, strict=True):
        np.testing.assert_array_equal(drawn, seen)
    with PIL.open(path) as image:
        assert (image.info["duration"], image.info["loop"]) == (70, 0)


def test_a_film_is_not_kept_in_memory(tmp_path):
    """Of a GIF that is ten times as long, no more pictures are alive at once."""
    alive = 0
    most = []

    class Watched(np.ndarray):
        def __del__(self):
            nonlocal alive
            alive -= self.base is None

    def film_of(count):
        nonlocal alive
        for i in range(count):
            picture = np.ndarray.__new__(Watched, (8, 8, 3), np.uint8)
            picture[:] = i % 256
            alive += 1
            yield picture
            most[-1] = max(most[-1], alive)

    for count in (10, 100):
        most.append(0)
        with (tmp_path / "a.gif").open("wb") as file:
            assert gif.write(file, film_of(count), 2) == count
    assert most[0] == most[1] <= 4


def test_pace():
    assert film.pace(10.0, 100, None) == (1, 10.0)
    assert film.pace(240.0, 14400, None) == (8, 30.0)
    assert film.pace(1e4, 1000, None) == (4, 30.0)  # a tenth of a second: slowed down
    assert film.pace(1e4, 1000, 1.0) == (333, pytest.approx(30.03, abs=0.01))
    assert film.pace(10.0, 100, 6.0) == (2, 30.0)


def test_takes_stand_side_by_side(tmp_path, capsys):
    output = tmp_path / "two.png"
    command = ["render", "PandaReach-v1", "--beside", "engine=bullet", "--policy", "scripted"]
    assert main([*command, "--steps", "3", *SMALL, "-o", str(output)]) == 0
    captions = capsys.readouterr().out.splitlines()
    assert captions[:2] == [
        "1: PandaReach-v1, scripted, seed 0",
        "2: PandaReach-v1, engine=bullet, scripted, seed 0",
    ]
    picture = np.asarray(PIL.open(output))
    assert picture.shape == (64, 192, 3)
    alone = list(film.pictures(film.Take("PandaReach-v1", policy="scripted"), 3, 1, 96, 64))[-1]
    np.testing.assert_array_equal(picture[:, :96], alone)

    # A contact sheet over seeds: five in three columns, the last place white.
    assert main(["render", PMSM, "--seed", "1", "--seeds", "2:6", *SMALL,
                 "--steps", "4", "-o", str(output)]) == 0  # fmt: skip
    picture = np.asarray(PIL.open(output))
    assert picture.shape == (128, 288, 3)
    assert (picture[64:, 192:] == 255).all()
    assert not (picture[64:, 96:192] == 255).all()


def test_an_episode_of_a_dataset_is_shown_again(tmp_path):
    folder = tmp_path / "data"
    assert main(["generate", PMSM, "--policy", "foc", "--episodes", "2", "--out", str(folder),
                 "--max-episode-steps", "40"]) == 0  # fmt: skip
    output = tmp_path / "episode.png"
    assert main(["render", str(folder), "--episode", "1", *SMALL, "-o", str(output)]) == 0
    stored = flyball.datasets.open(folder)[1]
    take = film.Take(PMSM, seed=stored.seed, actions=stored.actions)
    expected = list(film.pictures(take, 40, 40, 96, 64))[-1]
    np.testing.assert_array_equal(np.asarray(PIL.open(output)), expected)


def test_a_recorded_drive_is_shown_with_its_limits_and_what_is_chosen(tmp_path):
    folder = tmp_path / "data"
    assert main(["generate", "Motor-Cont-CC-PermExDc-v1", "--episodes", "4", "--out",
                 str(folder)]) == 0  # fmt: skip
    ended = [e.terminations[-1] for e in datasets.open(folder)]
    assert any(ended)  # full voltage is too much for this machine within a few steps
    shown = {}
    for camera in ("", "omega,i", "omega"):
        output = tmp_path / "episode.png"
        chosen = ["--camera", camera] if camera else []
        assert main(["render", str(folder), "--episode", str(ended.index(True)), *chosen,
                     "--width", "480", "--height", "360", "-o", str(output)]) == 0  # fmt: skip
        shown[camera] = np.asarray(PIL.open(output)).astype(int)

    def limit_lines(picture):
        red, green, blue = np.moveaxis(picture, -1, 0)
        return ((red - green > 40) & (abs(green - blue) < 20)).sum(axis=1).max()

    # The limit of the current is a line across the panel; the speed alone stays away from any.
    assert limit_lines(shown[""]) > 300
    assert limit_lines(shown["omega,i"]) > 300
    assert limit_lines(shown["omega"]) < 50
    assert main(["render", str(folder), "--camera", "omega,ii", "-o", str(output)]) == 2


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="no ffmpeg on this machine")
def test_mp4(tmp_path):
    counted = film.save([film.Take(PMSM)], tmp_path / "a.mp4", steps=10, width=97, height=63)
    probe = ["ffprobe", "-v", "error", "-count_frames", "-show_entries",
             "stream=nb_read_frames,width,height", "-of", "csv=p=0"]  # fmt: skip
    said = subprocess.run([*probe, tmp_path / "a.mp4"], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"98,64,{counted}"  # even sides


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["PMSM", "-o", "a.png"], "unknown environment 'PMSM'"),
        ([PMSM, "-o", "a.jpg"], "unknown kind of picture file '.jpg'"),
        ([PMSM, "-o", "no/such/folder/a.png"], "the folder no/such/folder cannot be written to"),
        ([PMSM, "-o", "a.png", "--episode", "1"], "--episode is of a dataset"),
        ([PMSM, "-o", "a.png", "--speed", "0"], "--speed is 0.0"),
        ([PMSM, "-o", "a.png", "--steps", "-1"], "--steps is -1"),
        ([PMSM, "-o", "a.png", "--width", "0"], "width is 0; a whole number, 1 to 4096"),
        ([PMSM, "-o", "a.png", "--camera", "top"], "no camera 'top'"),
        ([PMSM, "-o", "a.png", "--policy", "foq"], "foq"),
        ([PMSM, "-o", "a.png", "--seeds", "12"], "seeds '12' are not of the form FIRST:LAST"),
        ([PMSM, "-o", "a.png", "--seeds", "a:3"], "seeds 'a:3' are not of the form"),
        ([PMSM, "-o", "a.png", "--seeds", "5:5"], "seeds '5:5' are 0; from 1 to 1024"),
        ([PMSM, "-o", "a.png", "--seeds", "0:9999"], "seeds '0:9999' are 9999"),
        (
            [PMSM, "-o", "a.gif", "--seeds", "0:81", "--width", "2000"],
            "81 pictures of 2000 x 360 side by side have a width of 18000 pixels; at most 16384",
        ),
        ([PMSM, "-o", "a.mp4/b.mp4"], "the folder a.mp4 cannot be written to"),
    ],
)
def test_bad_input(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["render", *arguments]) == 2
    assert message in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_an_mp4_without_an_encoder_is_refused_before_the_run(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(flyball.InputError, match=r"no ffmpeg on the PATH.*\.gif"):
        film.save([film.Take(PMSM)], tmp_path / "a.mp4", steps=1)


def test_a_failed_encoder_leaves_nothing(tmp_path, monkeypatch):
    encoder = tmp_path / "bin" / "ffmpeg"
    encoder.parent.mkdir()
    encoder.write_text("#!/bin/sh\ncat > /dev/null\necho no such codec >&2\nexit 1\n")
    encoder.chmod(encoder.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{encoder.parent}:/usr/bin:/bin")
    with pytest.raises(OSError, match="no such codec"):
        film.save([film.Take(PMSM)], tmp_path / "a.mp4", steps=1, width=32, height=32)
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]


def test_missing_episodes_and_broken_datasets(tmp_path):
    folder = tmp_path / "data"
    assert main(["generate", PMSM, "--episodes", "1", "--out", str(folder)]) == 0
    with pytest.raises(flyball.InputError, match="no episode 5; it has 1"):
        film.episode_take(folder, 5)
    for shard in folder.rglob("*"):
        if shard.is_file() and "shard" in shard.name:
            data = bytearray(shard.read_bytes())
            data[len(data) // 2] ^= 1
            shard.write_bytes(bytes(data))
    with pytest.raises(flyball.DataError):
        film.episode_take(folder, 0)


def test_the_command_line_says_what_is_wrong_with_a_dataset(tmp_path, capsys):
    folder, output = tmp_path / "data", tmp_path / "a.png"
    assert main(["generate", PMSM, "--episodes", "1", "--out", str(folder)]) == 0
    assert main(["render", str(folder), "--episode", "1", "-o", str(output)]) == 2
    assert "no episode 1; it has 1, counted from 0" in capsys.readouterr().err
    assert main(["render", str(folder), "--seeds", "0:2", "-o", str(output)]) == 2
    assert "a dataset's episode has its own options" in capsys.readouterr().err
    (shard,) = folder.glob("shard-*")
    shard.write_bytes(shard.read_bytes()[:-7])
    assert main(["render", str(folder), "-o", str(output)]) == 2
    assert shard.name in capsys.readouterr().err
    (tmp_path / "empty").mkdir()
    assert main(["render", str(tmp_path / "empty"), "-o", str(output)]) == 2
    assert "plan.json" in capsys.readouterr().err
    assert not output.exists()


def test_a_place_that_cannot_be_written_is_refused_before_the_run(tmp_path, monkeypatch):
    def drawn(*arguments):
        raise AssertionError("the run has begun")

    monkeypatch.setattr(film, "pictures", drawn)
    (tmp_path / "a.png").mkdir()
    with pytest.raises(flyball.InputError, match="this is a folder"):
        film.save([film.Take(PMSM)], tmp_path / "a.png", steps=1)
    # Root may write anywhere: the system's answer is given for it.
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(flyball.InputError, match="cannot be written to"):
        film.save([film.Take(PMSM)], tmp_path / "b.png", steps=1)


def test_png_is_lossless(tmp_path):
    picture = np.arange(5 * 7 * 3, dtype=np.uint8).reshape(5, 7, 3)
    (tmp_path / "a.png").write_bytes(png.encode(picture))
    np.testing.assert_array_equal(np.asarray(PIL.open(tmp_path / "a.png")), picture)


def test_an_episode_is_filmed_from_the_start_it_had(tmp_path):
    """Where the environment changes from episode to episode, and where a goal was forced."""
    wrap = [{"type": "drift", "size": 1.0, "period": 8.0}]
    datasets.generate(PMSM, tmp_path / "drift", episodes=3, options={"wrap": wrap})
    datasets.select(tmp_path / "drift", tmp_path / "last", episodes=[2])
    assert film.episode_take(tmp_path / "last", 0).start == {"episode_index": 2}
    datasets.generate("PandaReach-v1", tmp_path / "reach", episodes=3, max_episode_steps=4)
    goal = [0.05, 0.0, 0.11]
    datasets.relabel(tmp_path / "reach", tmp_path / "there", reset={"goal": goal})
    take = film.episode_take(tmp_path / "there", 2)
    assert take.start == {"goal": goal}
    shown = list(film.pictures(take, 2, 1, 64, 48))
    before = list(film.pictures(film.episode_take(tmp_path / "reach", 2), 2, 1, 64, 48))
    assert not np.array_equal(shown[0], before[0])  # the marker of the goal
