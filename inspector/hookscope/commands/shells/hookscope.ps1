# hookscope's completion for PowerShell (5.1 or newer)
Register-ArgumentCompleter -Native -CommandName hookscope -ScriptBlock {
    param($current, $line, $cursor)
    $ahead = if ($current -eq '') { $cursor } else { $cursor - 1 }
    $constant = [System.Management.Automation.Language.StringConstantExpressionAst]
    $words = @($line.CommandElements | Where-Object { $_.Extent.EndOffset -le $ahead } |
        ForEach-Object { if ($_ -is $constant) { $_.Value } else { $_.Extent.Text } })
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1)
    $answers = @(& $program __complete @before "=$current" 2>$null)
    $answers | Select-Object -Skip 1 | ForEach-Object {
        $word, $means = $_ -split "`t", 2
        if (-not $means) { $means = $word }
        $typed = if ($word -match '[\s''"`$;(){}|&<>@#,]') { "'" + $word.Replace("'", "''") + "'" } else { $word }
        [System.Management.Automation.CompletionResult]::new($typed, $word, 'ParameterValue', $means)
    }
    if ($answers[0] -in 'files', 'folders') {
        [System.Management.Automation.CompletionCompleters]::CompleteFilename($current) |
            Where-Object { $answers[0] -eq 'files' -or $_.ResultType -eq 'ProviderContainer' }
    }
}
