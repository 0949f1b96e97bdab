import subprocess; subprocess.run(["sleep", "60"])
