"""Write-back: commands from the cloud become effects in the practice, each at most once, each with one outcome."""
